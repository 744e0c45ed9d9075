// The program's symbol table, mapped from its file. Contract: symbols.h.
#define _GNU_SOURCE
#include "symbols.h"
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t bias;            // what the loader added to the file's addresses
static uint64_t code_begin, code_end;  // in memory
static const ElfW(Sym) *symbols;
static size_t symbol_count;
static const char *names;
static size_t names_size;

/// The first object is the program itself.
static int note_program(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size, (void)context;
    bias = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X)) continue;
        code_begin = bias + segment->p_vaddr;
        code_end = code_begin + segment->p_memsz;
    }
    return 1;
}

void symbols_start(void) { dl_iterate_phdr(note_program, NULL); }

/// Whether `count` items of `size` bytes at `offset` lie within the file.
static bool is_within(uint64_t file_size, uint64_t offset, uint64_t count, uint64_t size) {
    return offset <= file_size && count <= (file_size - offset) / size;
}

void symbols_open(void) {
    // A file without a table has none the next time either.
    static bool was_opened;
    if (was_opened) return;
    was_opened = true;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status)) return;
    uint64_t file_size = (uint64_t)status.st_size;
    const uint8_t *file = mmap(NULL, file_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (file == MAP_FAILED || file_size < sizeof(ElfW(Ehdr))) return;
    const ElfW(Ehdr) *header = (const void *)file;
    if (!is_within(file_size, header->e_shoff, header->e_shnum, sizeof(ElfW(Shdr)))) return;
    const ElfW(Shdr) *sections = (const void *)(file + header->e_shoff);
    for (unsigned i = 0; i < header->e_shnum; i++) {
        const ElfW(Shdr) *table = &sections[i];
        if (table->sh_type != SHT_SYMTAB || table->sh_link >= header->e_shnum) continue;
        const ElfW(Shdr) *text = &sections[table->sh_link];
        size_t count = table->sh_size / sizeof(ElfW(Sym));
        if (!is_within(file_size, table->sh_offset, count, sizeof(ElfW(Sym)))) return;
        if (!is_within(file_size, text->sh_offset, text->sh_size, 1) || text->sh_size == 0) return;
        if (file[text->sh_offset + text->sh_size - 1] != 0) return;  // the last name would not end
        names = (const char *)file + text->sh_offset;
        names_size = text->sh_size;
        symbol_count = count;
        symbols = (const void *)(file + table->sh_offset);
        return;
    }
}

const char *symbols_name(uint64_t address, uint64_t *offset) {
    if (!symbols || address < code_begin || address >= code_end) return NULL;
    uint64_t place = address - bias;
    for (size_t i = 0; i < symbol_count; i++) {
        const ElfW(Sym) *symbol = &symbols[i];
        if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_name >= names_size) continue;
        if (place < symbol->st_value || place - symbol->st_value >= symbol->st_size) continue;
        *offset = place - symbol->st_value;
        return names + symbol->st_name;
    }
    return NULL;
}
