"""What measures the targets of DESIGN.md section 9."""
