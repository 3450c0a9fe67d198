"""What differs between the Keras backends."""

from __future__ import annotations

import keras


def limit_threads(threads: int) -> None:
    """Let one operation use so many threads; to be called before the first of them runs.

    On a machine whose processors are shared, one thread is the fastest: operations that wait for each other's threads
    wait for the busiest processor.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
    elif keras.backend.backend() == "torch":
        import torch

        torch.set_num_threads(threads)


def use_bfloat16() -> None:
    """Multiply in bfloat16 and keep weights in float32; to be called before a net is built.

    Up to twice as fast where the processor multiplies that way (AVX512-BF16, AMX, GPUs), slower elsewhere.
    """
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
