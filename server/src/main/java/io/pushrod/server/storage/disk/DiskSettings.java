package io.pushrod.server.storage.disk;

import io.pushrod.server.log.Retention;
import java.nio.file.Path;

/// How a folder of topics is kept.
///
/// @param folder nobody else may use it
/// @param synced whether a commit is done when the disk has it, or when the operating system has
/// @param delayNanos how long a commit may wait for more to come along
/// @param commitBytes a commit that holds more waits no longer
/// @param queueBytes with more that waits to be written nothing should be published
/// @param reserveBytes with less space on the disk nothing can be stored
/// @param cacheBytes of blocks, indexes and what is not flushed yet together
/// @param openFiles that RocksDB may have open
/// @param readers threads that read
/// @param queueReads look-ups and pages that may wait for them
/// @param cut whether a damaged log of writes is cut where the damage begins, or refused
public record DiskSettings(
    Path folder,
    boolean synced,
    long delayNanos,
    int commitBytes,
    long queueBytes,
    long reserveBytes,
    long cacheBytes,
    int openFiles,
    int readers,
    int queueReads,
    boolean cut,
    Retention retention,
    int producersPerTopic) {}
