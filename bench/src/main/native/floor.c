/*
 * The floor: what the kernel alone takes to deliver ready messages to N readers, one send() each.
 *
 * It accepts N loopback connections, answers each request head with a fixed 101 (WebSocket) or 200 (SSE) and one
 * ready-made greeting, and then writes the same message to every connection once per round, at fixed points in time
 * (open loop). There is no parser, no queue and no log: a push server can only lose to it, unless it makes fewer
 * system calls.
 *
 * There is one message for each kind of connection, from a file, exactly as it goes over the wire. Runs of '@' in it
 * are rewritten in place with the sequence, runs of '#' with the intended time (CLOCK_MONOTONIC, nanoseconds), at
 * their own width. Both messages have sequences of the same width.
 *
 * A round is one burst to all connections, or is cut into slices: the connections are dealt to them evenly, and the
 * slices have their turns evenly over the time of the round. With a burst above 1, as many rounds are due at once, and
 * a connection gets its messages of all of them in its slice, one send() each.
 *
 * It is driven by lines on stdin and answers each by a line on stdout:
 *
 *     (start)                                      port=PORT
 *     (N readers greeted)                          ready readers=N
 *     run ROUNDS ROUNDS_PER_SECOND SLICES BURST    ran rounds=… pushbacks=… late=…
 *     quit, or end of file                         (ends)
 *
 * "pushbacks" counts sends that the kernel did not take whole; readers then see a gap or a broken frame, so a run with
 * any is invalid. "late" counts slices that began after the next one was due. It ends by itself after MAX_SECONDS.
 * FloorMain.java is the same for machines without a C compiler.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_READERS = 19000, MAX_MESSAGE = 65536, MAX_FIELDS = 8, MAX_RATE = 100000, MAX_BURST = 64, MAX_SECONDS = 3600 };

static const char WEBSOCKET_ANSWER[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    "\x81\x0c{\"op\":\"ack\"}";

static const char SSE_ANSWER[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    "18\r\ndata: {\"op\":\"welcome\"}\n\n\r\n";

struct field {
  size_t offset;
  int width;
};

struct message {
  char bytes[MAX_MESSAGE];
  size_t size;
  struct field sequences[MAX_FIELDS], times[MAX_FIELDS];
  int sequence_count, time_count;
};

struct reader {
  int fd;
  const struct message *message;
};

static struct message websocket_message, sse_message;
static uint64_t next_sequence = 1;

static struct reader readers[MAX_READERS];
static int reader_count, websocket_count;

static void die(const char *what) {
  fprintf(stderr, "floor: %s: %s\n", what, errno ? strerror(errno) : "not possible");
  exit(1);
}

static long number(const char *name, const char *text, long low, long high) {
  char *end;
  errno = 0;
  long value = strtol(text, &end, 10);
  if (errno || *end || end == text || value < low || value > high) {
    fprintf(stderr, "floor: %s: %s (expected: %ld to %ld)\n", name, text, low, high);
    exit(2);
  }
  return value;
}

static uint64_t nanos(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static void write_digits(struct message *message, const struct field *fields, int count, uint64_t value) {
  for (int i = 0; i < count; i++) {
    uint64_t rest = value;
    for (int digit = fields[i].width - 1; digit >= 0; digit--, rest /= 10) {
      message->bytes[fields[i].offset + (size_t)digit] = (char)('0' + rest % 10);
    }
  }
}

/* What nobody reads is not written. */
static void write_times(uint64_t time) {
  struct message *websocket = &websocket_message, *sse = &sse_message;
  if (websocket_count > 0) write_digits(websocket, websocket->times, websocket->time_count, time);
  if (websocket_count < reader_count) write_digits(sse, sse->times, sse->time_count, time);
}

static void write_sequences(uint64_t sequence) {
  struct message *websocket = &websocket_message, *sse = &sse_message;
  if (websocket_count > 0) write_digits(websocket, websocket->sequences, websocket->sequence_count, sequence);
  if (websocket_count < reader_count) write_digits(sse, sse->sequences, sse->sequence_count, sequence);
}

static int find_fields(const struct message *message, char mark, struct field *fields) {
  int count = 0;
  for (size_t i = 0; i < message->size; i++) {
    if (message->bytes[i] != mark) continue;
    if (count == MAX_FIELDS) die("message has too many fields");
    size_t start = i;
    while (i < message->size && message->bytes[i] == mark) i++;
    fields[count++] = (struct field){start, (int)(i - start)};
  }
  return count;
}

static void load_message(struct message *message, const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) die(path);
  message->size = fread(message->bytes, 1, sizeof message->bytes, file);
  if (message->size == 0 || !feof(file)) die("message file (expected: 1 to 65535 bytes)");
  fclose(file);
  message->sequence_count = find_fields(message, '@', message->sequences);
  message->time_count = find_fields(message, '#', message->times);
}

/* Has all its digits from the start, so that no digit is ever a leading zero. */
static uint64_t first_sequence(const struct message *message) {
  uint64_t first = 1;
  for (int digit = 1; message->sequence_count > 0 && digit < message->sequences[0].width; digit++) first *= 10;
  return first;
}

static int listen_on_loopback(void) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) || listen(listener, 4096)) die("listen");
  if (getsockname(listener, (struct sockaddr *)&address, &size)) die("getsockname");
  printf("port=%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

static void watch(int epoll, int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) die("epoll_ctl");
}

static void accept_all(int epoll, int listener) {
  int fd, on = 1;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on)) die("TCP_NODELAY");
    watch(epoll, fd);
  }
  if (errno != EAGAIN) die("accept");
}

/* A request head fits one read on loopback; whatever follows it (a subscribe command) is never read. */
static void greet(int epoll, int fd) {
  char head[8192];
  ssize_t got = recv(fd, head, sizeof head - 1, 0);
  if (got <= 0) die("a reader left before the run");
  head[got] = 0;
  int websocket = strcasestr(head, "upgrade: websocket") != NULL;
  const char *answer = websocket ? WEBSOCKET_ANSWER : SSE_ANSWER;
  size_t bytes = (websocket ? sizeof WEBSOCKET_ANSWER : sizeof SSE_ANSWER) - 1;
  if (send(fd, answer, bytes, MSG_NOSIGNAL) != (ssize_t)bytes) die("greeting");
  if (epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL)) die("epoll_ctl");
  readers[reader_count++] = (struct reader){fd, websocket ? &websocket_message : &sse_message};
  websocket_count += websocket;
}

static void gather_readers(int wanted, uint64_t deadline) {
  int listener = listen_on_loopback();
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  watch(epoll, listener);
  while (reader_count < wanted) {
    struct epoll_event events[64];
    int count = epoll_wait(epoll, events, 64, 1000);
    for (int i = 0; i < count && reader_count < wanted; i++) {
      if (events[i].data.fd == listener) {
        accept_all(epoll, listener);
      } else {
        greet(epoll, events[i].data.fd);
      }
    }
    if (nanos(CLOCK_MONOTONIC) > deadline) die("not all readers came in time");
  }
  close(listener);
  close(epoll);
  printf("ready readers=%d\n", reader_count);
  fflush(stdout);
}

static void wait_until(uint64_t time) {
  struct timespec at = {(time_t)(time / 1000000000ull), (long)(time % 1000000000ull)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR) {
  }
}

/* Returns how many of the readers in [from, to) did not take the message whole. */
static uint64_t send_to(int from, int to) {
  uint64_t pushbacks = 0;
  for (int i = from; i < to; i++) {
    const struct message *message = readers[i].message;
    ssize_t sent = send(readers[i].fd, message->bytes, message->size, MSG_NOSIGNAL | MSG_DONTWAIT);
    pushbacks += sent != (ssize_t)message->size;
  }
  return pushbacks;
}

static void run(long rounds, long rate, long slices, long burst, uint64_t deadline) {
  uint64_t slice_nanos = 1000000000ull * (uint64_t)burst / ((uint64_t)rate * (uint64_t)slices);
  uint64_t pushbacks = 0, late = 0;
  uint64_t intended = nanos(CLOCK_MONOTONIC);
  long done = 0;
  for (; done < rounds && intended < deadline; done += burst, next_sequence += (uint64_t)burst) {
    for (long slice = 0; slice < slices; slice++) {
      intended += slice_nanos;
      wait_until(intended);
      late += nanos(CLOCK_MONOTONIC) > intended + slice_nanos;
      write_times(intended);
      for (long i = 0; i < burst; i++) {
        write_sequences(next_sequence + (uint64_t)i);
        pushbacks += send_to((int)(slice * reader_count / slices), (int)((slice + 1) * reader_count / slices));
      }
    }
  }
  printf("ran rounds=%ld pushbacks=%llu late=%llu\n", done, (unsigned long long)pushbacks, (unsigned long long)late);
  fflush(stdout);
}

static void obey(const char *command, uint64_t deadline) {
  long rounds, rate, slices, burst;
  char more;
  if (sscanf(command, "run %ld %ld %ld %ld%c", &rounds, &rate, &slices, &burst, &more) != 4) {
    die("command (expected: run ROUNDS ROUNDS_PER_SECOND SLICES BURST, or quit)");
  }
  if (rate < 1 || rate > MAX_RATE || rounds < 1 || rounds > rate * MAX_SECONDS) die("rounds or their rate");
  if (slices < 1 || slices > reader_count) die("slices (expected: 1 to one per reader)");
  if (burst < 1 || burst > MAX_BURST || rounds % burst) die("burst (expected: 1 to 64, rounds are a multiple)");
  run(rounds, rate, slices, burst, deadline);
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: floor WEBSOCKET_MESSAGE_FILE SSE_MESSAGE_FILE READERS MAX_SECONDS < commands\n");
    return 2;
  }
  load_message(&websocket_message, argv[1]);
  load_message(&sse_message, argv[2]);
  next_sequence = first_sequence(&websocket_message);
  long wanted = number("readers", argv[3], 1, MAX_READERS);
  long seconds = number("max seconds", argv[4], 1, MAX_SECONDS);
  struct rlimit files;
  if (!getrlimit(RLIMIT_NOFILE, &files)) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  alarm((unsigned)seconds); /* whatever happens below, this process ends */
  uint64_t deadline = nanos(CLOCK_MONOTONIC) + (uint64_t)seconds * 1000000000ull;
  gather_readers((int)wanted, deadline);
  char line[128];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    if (!strcmp(line, "quit")) break;
    obey(line, deadline);
  }
  return 0;
}
