"""Device models: state and physics, no instrument words."""
