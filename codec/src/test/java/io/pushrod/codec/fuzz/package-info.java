/// What Jazzer feeds with bytes: one class a parser, each with the properties that hold of any
/// input. Seeds and findings lie in `src/test/resources/fuzz/<class>`.
@NullMarked
package io.pushrod.codec.fuzz;

import org.jspecify.annotations.NullMarked;
