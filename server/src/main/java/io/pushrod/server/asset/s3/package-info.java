/// Assets in a bucket of Amazon S3 or of a service that speaks its protocol.
///
/// - An asset is one object: its metadata travels with it, so that both appear and change at once.
/// - Nothing of this package, and nothing of the client library that only it knows, is loaded
///   unless assets are kept there.
@NullMarked
package io.pushrod.server.asset.s3;

import org.jspecify.annotations.NullMarked;
