"""The lottery wheel (大转盘): prizes with weights and stock, chances by day and by order, provably fair draws."""
