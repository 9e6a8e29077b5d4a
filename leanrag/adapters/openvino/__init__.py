"""The models that ship, run by OpenVINO."""
