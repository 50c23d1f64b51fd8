"""The other processes of NetBox: who there is, that something changed, and how each follows."""
