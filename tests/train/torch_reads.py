"""Run by a test under ``KERAS_BACKEND=torch``: read with weights that TensorFlow wrote, train on, write them again."""

import sys
from pathlib import Path

import keras
import numpy as np

from ocrkit.recognize.net import TINY, build_net, load_weights, save_weights
from ocrkit.train.loop import LoopSettings, Training
from ocrkit.train.stream import to_batch
from ocrkit.train.synth import Example


def main(folder: Path) -> None:
    assert keras.backend.backend() == "torch"
    net = build_net(TINY)
    load_weights(net, folder / "weights.npz")
    batch = np.load(folder / "batch.npy")
    np.save(folder / "torch.npy", keras.ops.convert_to_numpy(net(batch, training=False)))

    window = np.random.default_rng(1).integers(0, 255, (32, 64), dtype=np.uint8)
    examples = [Example(window, "ab"), Example(window, ""), Example(window, "AB", "", True)]
    batches = iter([to_batch(examples, 64)] * 8)
    training = Training(net, LoopSettings(segments=2, warmup=1), folder, 2)
    training.run(batches, dict, print)
    again = Training(build_net(TINY), LoopSettings(segments=3, warmup=1), folder, 2)
    again.load()
    again.run(batches, dict, print)
    assert again.done == 3
    save_weights(again.net, folder / "trained.npz")
    np.save(folder / "trained.npy", keras.ops.convert_to_numpy(again.net(batch, training=False)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
