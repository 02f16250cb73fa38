package io.pushrod.server.asset;

import org.jspecify.annotations.Nullable;

/// An asset that was just stored.
///
/// @param preview the beginning of a text, at most 512 characters; null for what is none
/// @param replaced whether another one was there
public record KeptAsset(
    AssetPath path, AssetMeta meta, @Nullable String preview, boolean replaced) {}
