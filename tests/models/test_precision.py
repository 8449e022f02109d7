import pytest

from models.catalogue import Catalogue
from models.precision import Precision, multiplies_bytes_fast, suited
from models.session import Provider
from models.spec import Task


@pytest.mark.parametrize(
    ("cpu_info", "is_fast"),
    [
        pytest.param("processor\t: 0\nflags\t\t: fpu avx2 avx512_vnni\n", True, id="x86 with VNNI"),
        pytest.param("processor\t: 0\nflags\t\t: fpu avx2\n", False, id="x86 without"),
        pytest.param("processor\t: 0\nFeatures\t: fp asimd asimddp\n", True, id="ARM with dot"),
        pytest.param("flags of the day: avx512_vnni\n", False, id="no processor at all"),
        pytest.param("", False, id="nothing known"),
    ],
)
def test_the_processor_says_whether_bytes_are_fast(cpu_info: str, is_fast: bool) -> None:
    assert multiplies_bytes_fast(cpu_info) is is_fast


@pytest.mark.parametrize(
    ("name", "precision", "at", "wanted"),
    [
        ("wayside-parking", Precision.FLOAT, Provider.CPU, "wayside-parking"),
        ("wayside-parking", Precision.INT8, Provider.CPU, "wayside-parking-int8"),
        ("wayside-parking", Precision.AUTO, Provider.CUDA, "wayside-parking"),
        ("wayside-obstacles", Precision.INT8, Provider.CPU, "wayside-obstacles"),
        ("wayside-track", Precision.INT8, Provider.CPU, "wayside-track-int8"),
    ],
)
def test_a_network_comes_in_the_form_asked_for(
    name: str, precision: Precision, at: Provider, wanted: str
) -> None:
    catalogue = Catalogue.load()
    task = next(task for task in Task if task.value in name)
    assert suited(catalogue.find(name, task), catalogue, precision, at).spec.name == wanted
