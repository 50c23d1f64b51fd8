"""What the package costs and saves, measured on a real NetBox."""
