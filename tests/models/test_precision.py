import pytest

from models.catalogue import Catalogue
from models.precision import Machine, Precision, processor_flags, suited
from models.session import Provider
from models.spec import Task

PLAIN = Machine(frozenset({"fpu", "avx2"}), has_openvino=True)
BYTES = Machine(frozenset({"fpu", "avx512_vnni"}), has_openvino=True)
BRAIN_FLOATS = Machine(frozenset({"fpu", "avx512_vnni", "amx_bf16"}), has_openvino=True)
NO_OPENVINO = Machine(BRAIN_FLOATS.processor_flags, has_openvino=False)


@pytest.mark.parametrize(
    ("cpu_info", "flags"),
    [
        pytest.param("processor\t: 0\nflags\t\t: fpu avx512_vnni\n", "fpu avx512_vnni", id="x86"),
        pytest.param("processor\t: 0\nFeatures\t: fp asimddp\n", "fp asimddp", id="ARM"),
        pytest.param("flags of the day: avx512_vnni\n", "", id="no processor at all"),
        pytest.param("", "", id="nothing known"),
    ],
)
def test_the_processor_says_what_it_can_do(cpu_info: str, flags: str) -> None:
    assert processor_flags(cpu_info) == set(flags.split())


@pytest.fixture(autouse=True)
def _no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.precision.choose_provider", lambda: Provider.CPU)


def form(
    name: str, precision: Precision, named: Provider | None, machine: Machine
) -> tuple[str, Provider, bool]:
    catalogue = Catalogue.load()
    task = next(task for task in Task if task.value in name)
    chosen = suited(catalogue.find(name, task), catalogue, precision, named, machine)
    return chosen.file.spec.name, chosen.provider, chosen.in_bfloat16


@pytest.mark.parametrize(
    ("name", "precision", "wanted"),
    [
        ("wayside-parking", Precision.FLOAT, "wayside-parking"),
        ("wayside-parking", Precision.INT8, "wayside-parking-int8"),
        ("wayside-obstacles", Precision.FLOAT, "wayside-obstacles"),
        ("wayside-track", Precision.INT8, "wayside-track"),
    ],
)
def test_a_network_comes_in_the_form_asked_for(
    name: str, precision: Precision, wanted: str
) -> None:
    assert form(name, precision, None, BRAIN_FLOATS) == (wanted, Provider.CPU, False)


@pytest.mark.parametrize(
    ("name", "named", "machine", "wanted"),
    [
        pytest.param(
            "wayside-parking", None, PLAIN, ("wayside-parking", Provider.CPU, False),
            id="floats where nothing else is fast",
        ),
        pytest.param(
            "wayside-parking", None, BYTES, ("wayside-parking-int8", Provider.CPU, False),
            id="8 bits where bytes are fast",
        ),
        pytest.param(
            "wayside-parking", Provider.CUDA, BYTES, ("wayside-parking", Provider.CUDA, False),
            id="floats on a device",
        ),
        pytest.param(
            "wayside-track", None, BYTES, ("wayside-track", Provider.CPU, False),
            id="floats where there is no 8-bit form",
        ),
        pytest.param(
            "wayside-obstacles", None, BYTES,
            ("wayside-obstacles-int8", Provider.OPENVINO, False),
            id="OpenVINO's 8 bits where bytes are fast",
        ),
        pytest.param(
            "wayside-obstacles", Provider.OPENVINO, BYTES,
            ("wayside-obstacles-int8", Provider.OPENVINO, False),
            id="the same where somebody named OpenVINO",
        ),
        pytest.param(
            "wayside-obstacles", Provider.CPU, BYTES, ("wayside-obstacles", Provider.CPU, False),
            id="floats where somebody named onnxruntime, in which those 8 bits are slow",
        ),
        pytest.param(
            "wayside-obstacles", None, BRAIN_FLOATS,
            ("wayside-obstacles", Provider.OPENVINO, True),
            id="brain floats where the processor is made for them",
        ),
        pytest.param(
            "wayside-obstacles", None, NO_OPENVINO, ("wayside-obstacles", Provider.CPU, False),
            id="floats without the extra",
        ),
        pytest.param(
            "wayside-obstacles", Provider.CPU, BRAIN_FLOATS,
            ("wayside-obstacles", Provider.CPU, False),
            id="floats where somebody named the provider",
        ),
        pytest.param(
            "wayside-obstacles", Provider.OPENVINO, PLAIN,
            ("wayside-obstacles", Provider.OPENVINO, False),
            id="floats in OpenVINO on an older processor",
        ),
        pytest.param(
            "wayside-parking", None, BRAIN_FLOATS, ("wayside-parking-int8", Provider.CPU, False),
            id="8 bits where a network has no brain floats",
        ),
    ],
)  # fmt: skip
def test_auto_takes_the_fastest_form_that_is_good(
    name: str, named: Provider | None, machine: Machine, wanted: tuple[str, Provider, bool]
) -> None:
    assert form(name, Precision.AUTO, named, machine) == wanted


def test_a_network_not_measured_in_brain_floats_stays_in_floats() -> None:
    assert not Catalogue.load().spec("yolov8n-640").bfloat16
    assert Catalogue.load().spec("wayside-obstacles").bfloat16


@pytest.mark.parametrize(
    ("machine", "provider"), [(PLAIN, Provider.OPENVINO), (NO_OPENVINO, Provider.CPU)]
)
def test_openvinos_8_bits_asked_for_run_there_if_they_can(
    machine: Machine, provider: Provider
) -> None:
    asked = form("wayside-obstacles", Precision.INT8, None, machine)
    assert asked == ("wayside-obstacles-int8", provider, False)


def test_brain_floats_asked_for_are_openvinos() -> None:
    asked = form("wayside-obstacles", Precision.BFLOAT16, None, PLAIN)
    assert asked == ("wayside-obstacles", Provider.OPENVINO, True)
