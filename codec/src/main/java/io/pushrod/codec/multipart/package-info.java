/// `multipart/form-data` (RFC 7578 over RFC 2046), read as it comes: fields whole and bounded,
/// files piece by piece.
///
/// - A reader holds one part's headers or one field, both bounded, and never a file.
/// - The same bytes give the same parts, whatever pieces they come in.
/// - What two readers could understand differently is refused: bare line feeds, folded headers, a
///   header or parameter given twice, a transfer encoding.
@NullMarked
package io.pushrod.codec.multipart;

import org.jspecify.annotations.NullMarked;
