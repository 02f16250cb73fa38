package io.pushrod.bench.faults;

/// Something that should never have been.
///
/// @param what with who saw it where
record Violation(Kind kind, String what) {
  enum Kind {
    /// Acknowledged, and a reader of its topic neither got it nor was told of a gap over it.
    LOST("lost"),
    /// A publication has two sequences, or a reader got a sequence again.
    DUPLICATED("duplicated"),
    /// Of one publisher, a later one has an earlier sequence.
    OUT_OF_ORDER("out of order"),
    /// A sequence or an epoch begins that does not follow the last, and no gap says so.
    UNANNOUNCED_GAP("unannounced gaps"),
    /// A gap that names another range than what is missing, or history that is gone where it has to
    /// be kept.
    WRONG_GAP("wrong gaps"),
    /// Not the bytes that were published, or one sequence with two contents.
    ALTERED("altered"),
    /// The sequence in the acknowledgement is not the one it was delivered under.
    WRONG_ACK("wrong acknowledgements"),
    /// Refused for good, and delivered.
    REFUSED_YET_STORED("refused yet stored"),
    /// A run that was acknowledged and has no end, or two.
    UNENDED_RUN("runs without one end"),
    /// A run that was said to begin twice.
    REBEGUN_RUN("runs begun twice"),
    /// It takes a human to go on.
    STUCK("stuck");

    final String label;

    Kind(String label) {
      this.label = label;
    }
  }

  @Override
  public String toString() {
    return kind.label + ": " + what;
  }
}
