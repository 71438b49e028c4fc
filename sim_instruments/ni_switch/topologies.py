"""Matrix topologies: rows and columns by the name that a session is opened with (NI's manuals)."""

TOPOLOGIES: dict[str, tuple[int, int]] = {
    "2529/2-Wire 8x16 Matrix": (8, 16),
    "2529/2-Wire 4x32 Matrix": (4, 32),
    "2532/1-Wire 16x32 Matrix": (16, 32),
    "2532/1-Wire 4x128 Matrix": (4, 128),
    "2532/1-Wire 8x64 Matrix": (8, 64),
    "2532/2-Wire 16x16 Matrix": (16, 16),
    "2532/2-Wire 4x64 Matrix": (4, 64),
    "2532/2-Wire 8x32 Matrix": (8, 32),
    "2535/1-Wire 4x136 Matrix": (4, 136),
    "2536/1-Wire 8x68 Matrix": (8, 68),
    "2737/2-Wire 4x64 Matrix": (4, 64),
    "2738/2-Wire 8x32 Matrix": (8, 32),
    "2739/2-Wire 16x16 Matrix": (16, 16),
}
TOPOLOGIES |= {name.removesuffix(" Matrix"): size for name, size in TOPOLOGIES.items()}

CONFIGURED = "Configured Topology"


def model_of(topology: str) -> str:
    """The model that has a topology, as it calls itself."""
    number = topology.partition("/")[0]
    return f"NI {'PXIe' if number.startswith('27') else 'PXI'}-{number}"
