"""What people see: pages, tables and text."""
