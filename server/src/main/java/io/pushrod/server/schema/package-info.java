/// JSON Schemas of what is published: the `data` of an event against the schema of its type.
///
/// Schemas are the operator's and read once, at the start; nothing is fetched. Data is a
/// stranger's: one check takes a bounded number of steps, the characters that a `pattern` looks at
/// included. What is told of a violation is a place and a rule, never a value. One library does the
/// evaluation, and nothing outside of this package knows it.
///
/// [io.pushrod.server.schema.EventSchemas] is what all intakes call, on any thread.
@NullMarked
package io.pushrod.server.schema;

import org.jspecify.annotations.NullMarked;
