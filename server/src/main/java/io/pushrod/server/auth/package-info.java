/// Who is it: from a token to an [io.pushrod.server.session.Identity], and nothing else does that.
///
/// - A token is believed only after its signature fits a key of ours whose type and algorithm were
///   fixed by configuration; what the token says about itself never picks how it is checked.
/// - Neither a token nor a secret appears in a message, a log or a `toString`.
/// - Verifying is pure apart from the cache; an event loop may call it.
@NullMarked
package io.pushrod.server.auth;

import org.jspecify.annotations.NullMarked;
