/* Speaks one HTTP request over a unix socket and prints the answer: what curl
   --unix-socket does, small and static so that it runs in the busybox container. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 4) return 2;
    const char *body = argc > 4 ? argv[4] : "";
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    strncpy(to.sun_path, argv[1], sizeof to.sun_path - 1);
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof to) != 0) return perror("connect"), 1;
    dprintf(s, "%s %s HTTP/1.0\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
            argv[2], argv[3], strlen(body), body);
    char answer[8192];
    for (ssize_t n; (n = read(s, answer, sizeof answer)) > 0;) fwrite(answer, 1, n, stdout);
    return 0;
}
