"""Many at once on real connections: whatever the order, one payment is one credit."""
