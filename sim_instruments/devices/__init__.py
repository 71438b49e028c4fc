"""Device models: state and physics, no instrument words."""

from mho.sim_instruments.devices.device_model import DeviceModel, Drive, Response

__all__ = ["DeviceModel", "Drive", "Response"]
