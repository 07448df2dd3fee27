/*
 * A disk with a volatile write cache, whose power can be cut. It serves one file by FUSE, and a loop device makes a
 * block device of that file. A page that was written is in the cache only, until the file system above asks for a
 * flush. A cut takes no further write, and loses some of the pages that were never flushed.
 *
 * cutting-disk IMAGE TARGET: serves IMAGE as the file TARGET, which must exist, and says "ready". It obeys lines of
 * its stdin: "cut WRITES PERCENT SEED" waits for so many writes, but two seconds at most, and cuts. It keeps each page
 * of the cache with that chance, and says how many there were and how many were kept. At the end of stdin it ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096
#define MOST_WRITTEN (1024 * 1024)

/* The image as the disk shows it: a private mapping, so what is written to it does not reach the file by itself. */
static char *shown;
static unsigned char *is_dirty;
static size_t *dirty, dirty_count;
static off_t size;
static int image, device, is_cut;
/* The cut that is to come: after so many writes. */
static unsigned writes_left, percent, seed;
static char request[MOST_WRITTEN + PAGE];

static void fail(const char *what) {
  fprintf(stderr, "cutting-disk: %s: %s\n", what, strerror(errno));
  exit(1);
}

/* Writes some pages to the file, and lets go of their private copies. */
static void keep(size_t page, size_t count) {
  char *at = shown + page * PAGE;
  ssize_t bytes = count * PAGE;
  if (pwrite(image, at, bytes, page * PAGE) != bytes) fail("the image");
  madvise(at, bytes, MADV_DONTNEED);
}

static void flush_cache(void) {
  for (size_t n = 0, run; n < dirty_count; n += run) {
    for (run = 0; n + run < dirty_count && dirty[n + run] == dirty[n] + run; run++) is_dirty[dirty[n + run]] = 0;
    keep(dirty[n], run);
  }
  dirty_count = 0;
}

static void cut(void) {
  size_t kept = 0;
  is_cut = 1;
  writes_left = 0;
  srandom(seed);
  for (size_t n = 0; n < dirty_count; n++)
    if (random() % 100 < percent) {
      keep(dirty[n], 1);
      kept++;
    }
  printf("cut %zu %zu\n", dirty_count, kept);
}

static void answer(uint64_t unique, int error, const void *body, size_t length) {
  struct fuse_out_header head = { .len = sizeof head + length, .error = -error, .unique = unique };
  struct iovec parts[2] = { { &head, sizeof head }, { (void *)body, length } };
  if (writev(device, parts, length ? 2 : 1) < 0 && errno != ENOENT) fail("an answer");
}

static struct fuse_attr attributes(void) {
  struct fuse_attr attr = { .ino = 1, .size = size, .blocks = size / 512, .nlink = 1, .blksize = PAGE };
  attr.mode = S_IFREG | 0600;
  return attr;
}

static void begin(uint64_t unique, const struct fuse_init_in *asked) {
  struct fuse_init_out out = {
    .major = FUSE_KERNEL_VERSION,
    .minor = FUSE_KERNEL_MINOR_VERSION,
    .max_readahead = asked->max_readahead,
    .flags = asked->flags & (FUSE_BIG_WRITES | FUSE_MAX_PAGES),
    .max_background = 64,
    .max_write = MOST_WRITTEN,
    .max_pages = MOST_WRITTEN / PAGE,
    .time_gran = 1,
  };
  answer(unique, 0, &out, sizeof out);
}

static void read_pages(uint64_t unique, const struct fuse_read_in *in) {
  off_t end = in->offset + in->size > (uint64_t)size ? size : (off_t)(in->offset + in->size);
  answer(unique, 0, shown + in->offset, end > (off_t)in->offset ? end - in->offset : 0);
}

static void write_pages(uint64_t unique, const struct fuse_write_in *in) {
  if (is_cut) return answer(unique, EIO, NULL, 0);
  if (in->offset + in->size > (uint64_t)size) return answer(unique, ENOSPC, NULL, 0);
  memcpy(shown + in->offset, in + 1, in->size);
  for (size_t page = in->offset / PAGE; page * PAGE < in->offset + in->size; page++)
    if (!is_dirty[page]) {
      is_dirty[page] = 1;
      dirty[dirty_count++] = page;
    }
  struct fuse_write_out out = { .size = in->size };
  answer(unique, 0, &out, sizeof out);
  if (writes_left && --writes_left == 0) cut();
}

static void serve(void) {
  ssize_t length = read(device, request, sizeof request);
  if (length < 0 && (errno == EINTR || errno == ENOENT || errno == EAGAIN)) return;
  if (length < 0 && errno == ENODEV) exit(0);
  if (length < 0) fail("a request");
  const struct fuse_in_header *head = (void *)request;
  const void *in = head + 1;
  struct fuse_attr_out attr = { .attr_valid = 3600, .attr = attributes() };
  struct fuse_open_out opened = { 0 };
  struct fuse_statfs_out disk = { .st = { .bsize = PAGE, .frsize = PAGE, .namelen = 255 } };
  switch (head->opcode) {
    case FUSE_INIT: return begin(head->unique, in);
    case FUSE_GETATTR: case FUSE_SETATTR: return answer(head->unique, 0, &attr, sizeof attr);
    case FUSE_OPEN: return answer(head->unique, 0, &opened, sizeof opened);
    case FUSE_READ: return read_pages(head->unique, in);
    case FUSE_WRITE: return write_pages(head->unique, in);
    case FUSE_STATFS: return answer(head->unique, 0, &disk, sizeof disk);
    case FUSE_FSYNC:
      if (!is_cut) flush_cache();
      return answer(head->unique, is_cut ? EIO : 0, NULL, 0);
    case FUSE_FLUSH: case FUSE_RELEASE: return answer(head->unique, 0, NULL, 0);
    case FUSE_FORGET: case FUSE_BATCH_FORGET: case FUSE_INTERRUPT: return;
    default: return answer(head->unique, ENOSYS, NULL, 0);
  }
}

/* Answers 0 at the end of stdin, and where the line is no order. */
static int obey(void) {
  char line[200];
  ssize_t length = read(0, line, sizeof line - 1);
  if (length <= 0) return 0;
  line[length] = 0;
  if (sscanf(line, "cut %u %u %u", &writes_left, &percent, &seed) != 3) return 0;
  if (writes_left == 0) cut();
  return 1;
}

int main(int count, char **words) {
  if (count != 3) return 2;
  struct stat stat;
  image = open(words[1], O_RDWR | O_CLOEXEC);
  if (image < 0 || fstat(image, &stat)) fail(words[1]);
  size = stat.st_size;
  shown = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, image, 0);
  is_dirty = calloc(size / PAGE + 1, 1);
  dirty = calloc(size / PAGE + 1, sizeof *dirty);
  device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (shown == MAP_FAILED || device < 0) fail("/dev/fuse");
  struct sched_param urgent = { .sched_priority = 1 };
  sched_setscheduler(0, SCHED_RR, &urgent); /* a disk does not wait for the processors */
  prctl(57 /* PR_SET_IO_FLUSHER: it must not wait for its own disk */, 1, 0, 0, 0);
  char options[100];
  snprintf(options, sizeof options, "fd=%d,rootmode=100000,user_id=0,group_id=0", device);
  if (mount("cutting-disk", words[2], "fuse", MS_NOSUID | MS_NODEV, options)) fail("mount");
  setvbuf(stdout, NULL, _IONBF, 0);
  puts("ready");
  struct pollfd both[2] = { { 0, POLLIN, 0 }, { device, POLLIN, 0 } };
  for (int found; (found = poll(both, 2, writes_left ? 2000 : -1)) >= 0 || errno == EINTR;) {
    if (found == 0 && writes_left) cut();
    if (both[1].revents & POLLIN) serve();
    if (both[0].revents && !obey()) break;
    if (both[1].revents & (POLLERR | POLLHUP)) break;
  }
  umount2(words[2], MNT_DETACH);
  /* The exit of the last process of a mount namespace unmounts the disk, and would wait for this very file. */
  close(device);
  return 0;
}
