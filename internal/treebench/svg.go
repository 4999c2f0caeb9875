package treebench

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"
)

// The picture, in its own units.
const (
	width, height = 720, 440
	left, right   = 70, 150
	top, bottom   = 40, 50
)

var colours = map[Way]string{Read: "#1b7837", Exchange: "#2166ac", Replace: "#b2182b", Apart: "#762a83"}

// SVG draws what a lookup costs against how large the tree is, both logarithmic. Lines are a machine's, dashed ones a
// kernel's; more CPUs are thinner.
func (r *Result) SVG(w io.Writer) error {
	rows := r.Rows
	for _, k := range r.Kernels {
		for i := range k.Rows {
			if row := &k.Rows[i]; r.beside(row) == row && Find(r.Rows, row.Way, row.Nodes, row.CPUs) != nil {
				rows = append(rows[:len(rows):len(rows)], *row)
			}
		}
	}
	if len(rows) == 0 {
		return fmt.Errorf("nothing was measured")
	}
	p := newPlot(rows)
	fmt.Fprintf(&p, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&p, `<rect width="%d" height="%d" fill="white"/><text x="%d" y="22" font-size="14">A lookup in a tree, %s</text>`+"\n", width, height, left, html.EscapeString(r.Kernel))
	p.axes()
	p.lines(r.Rows, "")
	p.lines(rows[len(r.Rows):], ` stroke-dasharray="5 4"`)
	p.WriteString("</svg>\n")
	_, err := io.WriteString(w, p.String())
	return err
}

// plot is a picture with logarithmic axes.
type plot struct {
	strings.Builder
	minX, maxX, minY, maxY float64 // powers of ten
	named                  int
}

func newPlot(rows []Row) plot {
	p := plot{minX: math.Inf(1), minY: math.Inf(1), maxX: math.Inf(-1), maxY: math.Inf(-1)}
	for _, r := range rows {
		x, y := math.Log10(float64(r.Nodes)), math.Log10(r.NS)
		p.minX, p.maxX = min(p.minX, math.Floor(x)), max(p.maxX, math.Ceil(x))
		p.minY, p.maxY = min(p.minY, math.Floor(y)), max(p.maxY, math.Ceil(y))
	}
	p.maxX, p.maxY = max(p.maxX, p.minX+1), max(p.maxY, p.minY+1)
	return p
}

func (p *plot) x(nodes float64) float64 {
	return left + (math.Log10(nodes)-p.minX)/(p.maxX-p.minX)*(width-left-right)
}

func (p *plot) y(ns float64) float64 {
	return height - bottom - (math.Log10(ns)-p.minY)/(p.maxY-p.minY)*(height-top-bottom)
}

// axes draws a grid of powers of ten.
func (p *plot) axes() {
	for e := p.minX; e <= p.maxX; e++ {
		x := p.x(math.Pow(10, e))
		fmt.Fprintf(p, `<path d="M%.1f %dV%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%.0f</text>`+"\n", x, top, height-bottom, x, height-bottom+18, math.Pow(10, e))
	}
	for e := p.minY; e <= p.maxY; e++ {
		y := p.y(math.Pow(10, e))
		fmt.Fprintf(p, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%.0f</text>`+"\n", left, y, width-right, left-6, y+4, math.Pow(10, e))
	}
	fmt.Fprintf(p, `<text x="%d" y="%d" text-anchor="middle">nodes</text><text x="14" y="%d">ns</text>`+"\n", (left+width-right)/2, height-12, top+4)
}

// lines draws a line for each way and number of CPUs.
func (p *plot) lines(rows []Row, style string) {
	type line struct {
		way  Way
		cpus int
	}
	points, order := map[line][]Row{}, []line(nil)
	for _, r := range rows {
		l := line{r.Way, r.CPUs}
		if points[l] == nil {
			order = append(order, l)
		}
		points[l] = append(points[l], r)
	}
	for _, l := range order {
		var at []string
		for _, r := range points[l] {
			at = append(at, fmt.Sprintf("%.1f,%.1f", p.x(float64(r.Nodes)), p.y(r.NS)))
		}
		name := string(l.way)
		if l.cpus > 1 {
			name += fmt.Sprintf(", %d CPUs", l.cpus)
		}
		if style != "" {
			name += " (kernel)"
		}
		fmt.Fprintf(p, `<polyline points="%s" fill="none" stroke="%s" stroke-width="%.1f"%s/>`+"\n", strings.Join(at, " "), colours[l.way], 2.5/float64(l.cpus), style)
		y := top + 16*p.named
		p.named++
		fmt.Fprintf(p, `<path d="M%d %dh22" stroke="%s" stroke-width="%.1f"%s/><text x="%d" y="%d">%s</text>`+"\n", width-right+8, y-4, colours[l.way], 2.5/float64(l.cpus), style, width-right+34, y, name)
	}
}
