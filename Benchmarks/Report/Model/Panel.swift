// Panel: a small chart's place on the page: its title above, the axes' labels to the left and below.

package struct Panel {
    package var left, top, width, height: Double

    /// What is left for the curves.
    package var across: ClosedRange<Double> { left + 34...left + width - 14 }
    package var down: ClosedRange<Double> { top + 22...top + height - 34 }

    package init(left: Double, top: Double, width: Double, height: Double) {
        self.left = left
        self.top = top
        self.width = width
        self.height = height
    }
}
