/* What Hyperscan needs for the same rules and the same answers.
 *
 *     cc -O2 -o scan scan.c -lhs
 *     ./scan PATTERNS TEXTS DATABASE ROUNDS
 *
 * PATTERNS has a regular expression a line, TEXTS an answer a line, normalised beforehand. The
 * database is built once and kept in DATABASE, since 10,000 patterns take a minute. Prints the
 * microseconds of processor time for an answer: the least of all rounds over all answers, and the
 * number of matches. */
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *whole(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(*size + 1);
    if (fread(text, 1, *size, file) != *size) exit(1);
    text[*size] = 0;
    fclose(file);
    return text;
}

static char **lines(const char *path, unsigned *count) {
    size_t size;
    char *text = whole(path, &size);
    if (!text) { perror(path); exit(1); }
    char **all = malloc(sizeof *all * (size + 1));
    *count = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) all[(*count)++] = line;
    return all;
}

static int matched(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                   void *count) {
    (void)id, (void)from, (void)to, (void)flags;
    ++*(unsigned long *)count;
    return 0;
}

static double cpu(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    hs_database_t *database = NULL;
    hs_scratch_t *scratch = NULL;
    size_t size;
    char *kept = whole(argv[3], &size);
    if (!kept || hs_deserialize_database(kept, size, &database) != HS_SUCCESS) {
        unsigned count;
        char **patterns = lines(argv[1], &count);
        unsigned *flags = malloc(sizeof *flags * count), *ids = malloc(sizeof *ids * count);
        for (unsigned at = 0; at < count; at++) flags[at] = HS_FLAG_SINGLEMATCH, ids[at] = at;
        hs_compile_error_t *error;
        double began = cpu();
        if (hs_compile_multi((const char *const *)patterns, flags, ids, count, HS_MODE_BLOCK, NULL,
                             &database, &error) != HS_SUCCESS) {
            fprintf(stderr, "pattern %d: %s\n", error->expression, error->message);
            return 1;
        }
        fprintf(stderr, "built in %.2f s\n", (cpu() - began) / 1e6);
        char *bytes;
        FILE *file = fopen(argv[3], "wb");
        if (!file || hs_serialize_database(database, &bytes, &size) != HS_SUCCESS) return 1;
        fwrite(bytes, 1, size, file);
        fclose(file);
    }
    if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS) return 1;
    unsigned count;
    char **texts = lines(argv[2], &count);
    double least = 1e18;
    unsigned long matches = 0;
    for (int round = atoi(argv[4]); round > 0; round--) {
        matches = 0;
        double began = cpu();
        for (unsigned at = 0; at < count; at++)
            hs_scan(database, texts[at], (unsigned)strlen(texts[at]), 0, scratch, matched, &matches);
        double took = cpu() - began;
        if (took < least) least = took;
    }
    printf("%.3f %lu\n", least / count, matches);
    return 0;
}
