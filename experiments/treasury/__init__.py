"""The fiscal path over decades and the present value of deferral."""
