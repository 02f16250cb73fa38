/// A submission ring of io_uring for sends alone: many sockets written to by one system call, which
/// answers only for those that did not take everything.
///
/// - A ring belongs to one thread, the one that opened it. It works beside whatever watches the
///   sockets; nobody waits on it.
/// - Nothing is outstanding once a submit has returned: each send is tried once, without waiting,
///   and is over. So memory and descriptors need to stay only from adding to submitting.
/// - A submit holds one send per socket at most. Of two, the second could go through after the
///   first was cut short, and the stream would be broken.
/// - `IOSQE_CQE_SKIP_SUCCESS` comes with `MSG_DONTWAIT` and `MSG_WAITALL`, always: without the
///   second the kernel takes a send that was cut short for a success, and says nothing.
@NullMarked
package io.pushrod.server.net.ring;

import org.jspecify.annotations.NullMarked;
