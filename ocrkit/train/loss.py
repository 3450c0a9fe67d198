"""What training makes smaller: the CTC loss, by the fastest way that the Keras backend has, and a teacher's."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from ocrkit.recognize.alphabet import ALPHABET, BLANK

_LEAST = 1e-20  # probability that a folded class keeps, so that its logarithm is finite


def _folding() -> npt.NDArray[np.float32]:
    """Build the matrix that moves the probability of small letters to their capitals."""
    characters = ALPHABET.characters
    upper = [BLANK] + [characters.find(c.upper()) + 1 or i + 1 for i, c in enumerate(characters)]
    matrix = np.zeros((len(upper), len(upper)), np.float32)
    matrix[np.arange(len(upper)), upper] = 1
    return matrix


_FOLDING = _folding()
_UPPER = _FOLDING.argmax(1).astype(np.int32)


def _fold(logits: Any) -> Any:
    """Give capitals the probability of their small letters too, and those none."""
    # a product, since the gradient of taking columns is slow
    return keras.ops.log(keras.ops.matmul(keras.ops.softmax(logits), _FOLDING) + _LEAST)


class CtcLoss(keras.losses.Loss):  # type: ignore[misc]
    """Connectionist temporal classification over logits.

    Labels are classes padded with the blank, (N, L + 1); predictions are logits, (N, T, classes). The last column of
    the labels is 1 where the text's case is unknown: there a letter may be read in either case, since its two
    probabilities are added before the loss is taken. The net is never taught capitals that nobody saw.

    Parameters
    ----------
    doubt : float
        The q of the generalised cross entropy [2]_, (1 - p^q) / q for a text of probability p: a window counts p^q
        times what it would, so that one that nobody can read, or whose label is wrong, does not outweigh many that can
        be learnt. At 0 it is CTC's own -log p.
    reduction : str, optional
        What Keras makes of the windows' losses.

    References
    ----------
    .. [1] A. Graves et al., "Connectionist Temporal Classification", ICML 2006.
    .. [2] Z. Zhang and M. Sabuncu, "Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy
       Labels", NeurIPS 2018.
    """

    def __init__(self, doubt: float = 0.0, reduction: str | None = "sum_over_batch_size") -> None:
        super().__init__(reduction=reduction)
        self.doubt = doubt

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Give the loss of each window."""
        loss = self._ctc(y_true, y_pred)
        return (1 - keras.ops.exp(-self.doubt * loss)) / self.doubt if self.doubt else loss

    def _ctc(self, y_true: Any, y_pred: Any) -> Any:
        y_true = keras.ops.cast(y_true, "int32")  # Keras hands labels over as floats
        folded = keras.ops.cast(y_true[:, -1:, None], "bool")
        y_true = y_true[:, :-1]
        y_pred = keras.ops.where(folded, _fold(y_pred), y_pred)
        y_true = keras.ops.where(folded[:, 0], keras.ops.take(_UPPER, y_true), y_true)
        if keras.backend.backend() == "tensorflow":
            return _tensorflow(y_true, y_pred)
        lengths = keras.ops.sum(keras.ops.cast(keras.ops.not_equal(y_true, BLANK), "int32"), axis=1)
        steps = keras.ops.full_like(lengths, y_pred.shape[1])
        return keras.ops.ctc_loss(y_true, y_pred, lengths, steps, mask_index=BLANK)


def _tensorflow(y_true: Any, y_pred: Any) -> Any:
    import tensorflow as tf

    # the sparse kernel takes a tenth of the time of keras.ops.ctc_loss on a CPU, but its blank is the last class,
    # and it refuses empty labels: those lose the probability of blanks alone
    y_true = tf.cast(y_true, tf.int32)
    empty = tf.equal(y_true[:, :1], BLANK)
    filled = tf.concat([tf.where(empty, BLANK + 1, y_true[:, :1]), y_true[:, 1:]], 1)
    labels = tf.sparse.from_dense(filled)
    labels = tf.SparseTensor(labels.indices, labels.values - 1, labels.dense_shape)
    steps = tf.fill([tf.shape(y_pred)[0]], tf.shape(y_pred)[1])
    loss = tf.compat.v1.nn.ctc_loss(
        labels, tf.roll(y_pred, -1, 2), steps, time_major=False, ignore_longer_outputs_than_inputs=True
    )
    blanks = -tf.reduce_sum(tf.nn.log_softmax(y_pred)[:, :, BLANK], 1)
    return tf.where(empty[:, 0], blanks, loss)


class TeacherLoss(keras.losses.Loss):  # type: ignore[misc]
    """How far a net is from its teacher [1]_: the divergence of what they say of each timestep, summed over them.

    Both are logits, (N, T, classes), the teacher's in the place of the labels.

    References
    ----------
    .. [1] G. Hinton, O. Vinyals, J. Dean, "Distilling the Knowledge in a Neural Network", 2015.
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Give the loss of each window."""
        ops = keras.ops
        true, read = ops.log_softmax(y_true), ops.log_softmax(y_pred)
        return ops.sum(ops.exp(true) * (true - read), axis=(1, 2))
