package state

import "sync/atomic"

// Budget bounds the bytes that the states of all verifications together may take.
type Budget struct {
	limit int64
	held  atomic.Int64
}

// NewBudget returns a budget of so many bytes.
func NewBudget(limit int64) *Budget { return &Budget{limit: limit} }

// Limit is the budget in bytes.
func (b *Budget) Limit() int64 { return b.limit }

// budgetChunk is how many bytes a pool takes from the budget at a time.
const budgetChunk = 256 << 10

// took notes that the pool has made something of so many bytes.
func (p *Pool) took(bytes int) {
	p.made += bytes
	if p.untold += bytes; p.untold >= budgetChunk && p.Budget != nil {
		p.held += int64(p.untold)
		all := p.Budget.held.Add(int64(p.untold))
		p.untold = 0
		p.Spent = all > p.Budget.limit
		p.Crowded = p.Spent && p.held <= p.Budget.limit
	}
}
