/* Stands in for the driver of a video device: what ffmpeg asks of /dev/idtui-camera is answered from a file of
   raw YUYV pictures (CAMERA_FILM, CAMERA_WIDTH x CAMERA_HEIGHT), shown again and again. CAMERA_ERROR is the error
   with which it cannot be opened; after CAMERA_FRAMES pictures the camera is pulled out. Loaded with LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEVICE "/dev/idtui-camera"
#define BUFFERS 4

static int camera = -1, film = -1, frames, left, queue[64], head, tail;
static unsigned width, height, size, step;

static unsigned number(const char *name) { const char *text = getenv(name); return text ? atoi(text) : 0; }

static int opened(void)
{
    if (number("CAMERA_ERROR")) { errno = number("CAMERA_ERROR"); return -1; }
    width = number("CAMERA_WIDTH"), height = number("CAMERA_HEIGHT"), size = width * height * 2;
    step = (size + 4095) / 4096 * 4096;
    left = number("CAMERA_FRAMES");
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    film = real(getenv("CAMERA_FILM"), O_RDONLY);
    camera = memfd_create("camera", 0);
    if (film < 0 || camera < 0 || ftruncate(camera, (off_t)BUFFERS * step)) return -1;
    struct stat told;
    fstat(film, &told);
    frames = told.st_size / size;
    return camera;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) \
    { \
        if (!strcmp(path, DEVICE)) return opened(); \
        va_list more; va_start(more, flags); int mode = va_arg(more, int); va_end(more); \
        int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, #name); \
        return real(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

static void format(struct v4l2_format *told)
{
    memset(&told->fmt, 0, sizeof told->fmt);
    told->fmt.pix.width = width, told->fmt.pix.height = height;
    told->fmt.pix.pixelformat = V4L2_PIX_FMT_YUYV, told->fmt.pix.field = V4L2_FIELD_NONE;
    told->fmt.pix.bytesperline = 2 * width, told->fmt.pix.sizeimage = size;
}

static int filled(struct v4l2_buffer *buffer)
{
    static int at;
    if (!left--) { left = 0; errno = ENODEV; return -1; }
    usleep(40000);
    int index = queue[head++ % 64];
    char *place = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, camera, (off_t)index * step);
    if (pread(film, place, size, (off_t)(at++ % frames) * size) != (ssize_t)size) { errno = EIO; return -1; }
    munmap(place, size);
    memset(buffer, 0, sizeof *buffer);
    buffer->index = index, buffer->type = V4L2_BUF_TYPE_VIDEO_CAPTURE, buffer->memory = V4L2_MEMORY_MMAP;
    buffer->bytesused = buffer->length = size, buffer->field = V4L2_FIELD_NONE;
    buffer->timestamp.tv_sec = at / 25, buffer->timestamp.tv_usec = at % 25 * 40000;
    return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list more; va_start(more, request); void *told = va_arg(more, void *); va_end(more);
    if (fd < 0 || fd != camera) {
        int (*real)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
        return real(fd, request, told);
    }
    switch (request) {
    case VIDIOC_QUERYCAP: {
        struct v4l2_capability *can = told;
        memset(can, 0, sizeof *can);
        can->capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
        return 0;
    }
    case VIDIOC_G_INPUT: *(int *)told = 0; return 0;
    case VIDIOC_ENUMINPUT: {
        struct v4l2_input *input = told;
        if (input->index) { errno = EINVAL; return -1; }
        input->type = V4L2_INPUT_TYPE_CAMERA, input->std = 0;
        return 0;
    }
    case VIDIOC_ENUM_FMT: {
        struct v4l2_fmtdesc *kind = told;
        if (kind->index) { errno = EINVAL; return -1; }
        kind->pixelformat = V4L2_PIX_FMT_YUYV;
        return 0;
    }
    case VIDIOC_G_FMT: case VIDIOC_S_FMT: format(told); return 0;
    case VIDIOC_G_PARM: case VIDIOC_S_PARM: {
        struct v4l2_streamparm *pace = told;
        pace->parm.capture.timeperframe.numerator = 1, pace->parm.capture.timeperframe.denominator = 25;
        return 0;
    }
    case VIDIOC_REQBUFS: ((struct v4l2_requestbuffers *)told)->count = BUFFERS; return 0;
    case VIDIOC_QUERYBUF: {
        struct v4l2_buffer *buffer = told;
        buffer->length = size, buffer->m.offset = buffer->index * step;
        return 0;
    }
    case VIDIOC_QBUF: queue[tail++ % 64] = ((struct v4l2_buffer *)told)->index; return 0;
    case VIDIOC_STREAMON: case VIDIOC_STREAMOFF: return 0;
    case VIDIOC_DQBUF: return filled(told);
    default: errno = ENOTTY; return -1;
    }
}
