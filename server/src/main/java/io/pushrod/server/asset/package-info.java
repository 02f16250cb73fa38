/// Attachments and artifacts: files that users and workers put here and get back, by reference.
///
/// - A file is on its way ([io.pushrod.server.asset.Upload]) in a spool folder, and appears whole,
///   with what is known about it, or not at all. What a crash leaves is removed at the next start.
/// - Names are hostile. The name that was sent is metadata; the stored one is made of it
///   ([io.pushrod.server.asset.AssetName]), and a path is made of safe names only
///   ([io.pushrod.server.asset.AssetPath]).
/// - No event loop waits for a disk: stores block, and are called by a few threads of their own
///   ([io.pushrod.server.asset.Assets]). Loops see values and callbacks.
@NullMarked
package io.pushrod.server.asset;

import org.jspecify.annotations.NullMarked;
