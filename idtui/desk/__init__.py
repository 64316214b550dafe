"""The use cases of a registration desk, over ports: what both front ends and the commands drive."""
