from pathlib import Path

import numpy as np
import pytest

from models.errors import DamagedModel, ModelError, UnsuitableModel
from models.input_size import with_input_size
from models.session import Provider, available_threads, choose_provider, open_network
from tests.networks import write_constant_network, write_mean_network


def picture(size_px: int = 32) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(1, 3, size_px, size_px)).astype(np.float32)


def test_a_network_runs_arrays_to_arrays(tmp_path: Path) -> None:
    network = open_network(write_mean_network(tmp_path / "mean.onnx"))
    (mean,) = network.run({"images": picture()})
    np.testing.assert_allclose(mean[0, :, 0, 0], picture().mean(axis=(2, 3))[0], atol=1e-6)
    assert str(network.inputs[0]) == "images [1, 3, 32, 32] float32"


def test_a_free_batch_shows_as_none_and_takes_several(tmp_path: Path) -> None:
    network = open_network(write_mean_network(tmp_path / "mean.onnx", ("n", 3, 32, 32)))
    assert network.inputs[0].shape == (None, 3, 32, 32)
    (mean,) = network.run({"images": np.repeat(picture(), 5, axis=0)})
    assert mean.shape == (5, 3, 1, 1)


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_do_not_change_the_outputs(tmp_path: Path, threads: int) -> None:
    path = write_mean_network(tmp_path / "mean.onnx")
    expected = open_network(path).run({"images": picture()})
    np.testing.assert_array_equal(
        open_network(path, threads=threads).run({"images": picture()}), expected
    )


def test_openvino_gives_the_same_arrays(tmp_path: Path) -> None:
    path = write_mean_network(tmp_path / "mean.onnx")
    ours, theirs = open_network(path), open_network(path, provider=Provider.OPENVINO)
    assert theirs.provider is Provider.OPENVINO
    assert (theirs.inputs, theirs.outputs) == (ours.inputs, ours.outputs)
    a, b = (network.run({"images": picture()})[0] for network in (ours, theirs))
    assert a.dtype == b.dtype
    np.testing.assert_allclose(a, b, atol=1e-6)


def test_brain_floats_are_openvinos_and_near(tmp_path: Path) -> None:
    path = write_mean_network(tmp_path / "mean.onnx")
    (exact,) = open_network(path).run({"images": picture()})
    (near,) = open_network(path, provider=Provider.OPENVINO, in_bfloat16=True).run(
        {"images": picture()}
    )
    assert near.dtype == exact.dtype
    np.testing.assert_allclose(near, exact, atol=0.01)
    with pytest.raises(ModelError, match=r"mean\.onnx: cpu does not calculate in bfloat16"):
        open_network(path, provider=Provider.CPU, in_bfloat16=True)


def test_metadata_is_kept_whatever_the_provider(tmp_path: Path) -> None:
    path = write_constant_network(
        tmp_path / "known.onnx", {"out": np.zeros((1, 2), np.float32)}, metadata={"names": "['a']"}
    )
    for provider in (Provider.CPU, Provider.OPENVINO):
        assert open_network(path, provider=provider).metadata["names"] == "['a']"


def test_the_environment_may_name_the_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYSIDE_PROVIDER", "openvino")
    network = open_network(write_mean_network(tmp_path / "mean.onnx"))
    assert network.provider is Provider.OPENVINO
    monkeypatch.setenv("WAYSIDE_PROVIDER", "abacus")
    with pytest.raises(ModelError, match=r"must be one of cpu, .*openvino, got 'abacus'"):
        choose_provider()


def test_the_provider_is_the_best_that_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYSIDE_PROVIDER", raising=False)
    import onnxruntime

    has_cuda = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    assert choose_provider() is (Provider.CUDA if has_cuda else Provider.CPU)
    assert 1 <= available_threads(Provider.OPENVINO) <= available_threads() <= 4


def test_a_provider_that_is_not_here_is_named(tmp_path: Path) -> None:
    path = write_mean_network(tmp_path / "mean.onnx")
    with pytest.raises(ModelError, match=r"no tensorrt; it has .*CPUExecutionProvider"):
        open_network(path, provider=Provider.TENSORRT)


@pytest.mark.filterwarnings("ignore:Specified provider 'CUDAExecutionProvider'")
def test_cuda_without_a_device_is_the_cpu_or_an_error_where_it_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WAYSIDE_PROVIDER", raising=False)
    built_in = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: built_in)
    path = write_mean_network(tmp_path / "mean.onnx")
    network = open_network(path)
    assert network.provider is Provider.CPU
    (mean,) = network.run({"images": picture()})
    assert mean.shape == (1, 3, 1, 1)
    assert open_network(path, provider=Provider.CUDA, or_cpu=True).provider is Provider.CPU
    with pytest.raises(ModelError, match=r"mean\.onnx: cuda finds no device"):
        open_network(path, provider=Provider.CUDA)
    monkeypatch.setenv("WAYSIDE_PROVIDER", "cuda")
    with pytest.raises(ModelError, match="cuda finds no device"):
        open_network(path)


@pytest.mark.parametrize("provider", [Provider.CPU, Provider.OPENVINO])
def test_a_file_that_is_no_network_is_named(tmp_path: Path, provider: Provider) -> None:
    path = tmp_path / "notes.onnx"
    path.write_text("these are not the weights you are looking for")
    with pytest.raises(DamagedModel, match=r"notes\.onnx is no"):
        open_network(path, provider=provider)


def test_a_fixed_network_can_run_at_another_size(tmp_path: Path) -> None:
    path = write_mean_network(tmp_path / "mean.onnx")
    network = open_network(path, input_size=(64, 48))
    assert network.inputs[0].shape == (1, 3, 48, 64)
    (mean,) = network.run({"images": np.ones((1, 3, 48, 64), np.float32)})
    np.testing.assert_allclose(mean, 1.0)


def test_only_picture_inputs_can_be_resized(tmp_path: Path) -> None:
    path = write_mean_network(tmp_path / "one_channel.onnx", (1, 1, 8, 8))
    with pytest.raises(UnsuitableModel, match="no picture input"):
        with_input_size(path, (64, 64))


def test_resizing_what_is_no_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.onnx"
    path.write_bytes(b"\xff" * 40)
    with pytest.raises(DamagedModel, match=r"notes\.onnx is no ONNX network"):
        with_input_size(path, (64, 64))
