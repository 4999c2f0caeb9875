package diagnosis

// Cost tells where the verification of a program went.
type Cost struct {
	Lines []CostPlace `json:"lines"` // by instructions walked that come from the line
	Loops []CostPlace `json:"loops"` // where loops begin, by how often that was walked
	// Points are the places where the verifier remembers states, by how many it had at the end. A path that comes there in
	// one that it knows ends; Label says what keeps states apart.
	Points []CostPlace `json:"points"`
}

// CostPlace is a place and what it cost.
type CostPlace struct {
	Place
	Count int `json:"count"`
}
