/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prelink FILE...: makes dynamically linked x86-64 executables cheaper to keep and to start, in place. What the code does
 * stays as it is.
 *
 * Names: Go's linker exports every function of a program that may load Go plugins (dockerd: 223,000 names, 16 MB), for
 * which nobody has a use here. Names that the program neither imports nor relocates against are overwritten by zeros.
 *
 * Address: a position-independent program has all its pointers written by the dynamic linker at each start (dockerd:
 * 342,000, over 31 MB of pages that are private memory afterwards). They are written here once, for a fixed address, as
 * of a program that was linked without -pie. Debian's containerd is such a program already.
 *
 * A file with something in it that is not known here is refused, and left alone.
 */
#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASE 0x400000 /* where linkers put programs without -pie */

static const char *name; /* of the file, for messages */
static unsigned char *data;
static size_t size;
static Elf64_Ehdr *header;
static Elf64_Phdr *segments;
static Elf64_Shdr *sections;
static Elf64_Dyn *dynamic;
static size_t dynamic_count;
static Elf64_Sym *symbols;
static size_t symbol_count;

static _Noreturn void die(const char *why)
{
	fprintf(stderr, "prelink: %s: %s\n", name, why);
	exit(1);
}

static void *part(uint64_t offset, uint64_t length)
{
	if (offset > size || length > size - offset)
		die("it is cut off");
	return data + offset;
}

/* What the file has for an address. */
static void *at(uint64_t address, uint64_t length)
{
	for (int i = 0; i < header->e_phnum; i++) {
		const Elf64_Phdr *p = &segments[i];

		if (p->p_type == PT_LOAD && address >= p->p_vaddr && address - p->p_vaddr < p->p_filesz &&
		    length <= p->p_filesz - (address - p->p_vaddr))
			return part(p->p_offset + (address - p->p_vaddr), length);
	}
	die("an address is not in the file");
}

static Elf64_Dyn *dynamic_find(int64_t tag)
{
	for (size_t i = 0; i < dynamic_count; i++)
		if (dynamic[i].d_tag == tag)
			return &dynamic[i];
	return NULL;
}

static uint64_t dynamic_value(int64_t tag)
{
	const Elf64_Dyn *d = dynamic_find(tag);

	return d ? d->d_un.d_val : 0;
}

static void load(FILE *f)
{
	long end;

	if (fseek(f, 0, SEEK_END) != 0 || (end = ftell(f)) < 0)
		die("cannot be read");
	size = (size_t)end;
	rewind(f);
	data = malloc(size + 1);
	if (!data || fread(data, 1, size, f) != size)
		die("cannot be read");
}

static void parse(void)
{
	header = part(0, sizeof(*header));
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64 ||
	    header->e_machine != EM_X86_64 || (header->e_type != ET_DYN && header->e_type != ET_EXEC))
		die("it is no x86-64 program");
	segments = part(header->e_phoff, (uint64_t)header->e_phnum * sizeof(*segments));
	sections = part(header->e_shoff, (uint64_t)header->e_shnum * sizeof(*sections));
	dynamic = NULL;
	symbols = NULL;
	for (int i = 0; i < header->e_phnum; i++) {
		if (segments[i].p_type != PT_DYNAMIC)
			continue;
		dynamic = part(segments[i].p_offset, segments[i].p_filesz);
		dynamic_count = segments[i].p_filesz / sizeof(*dynamic);
	}
	for (int i = 0; i < header->e_shnum; i++) {
		if (sections[i].sh_type != SHT_DYNSYM)
			continue;
		symbols = part(sections[i].sh_offset, sections[i].sh_size);
		symbol_count = sections[i].sh_size / sizeof(*symbols);
	}
	if (!dynamic || !symbols || !dynamic_find(DT_GNU_HASH) || dynamic_find(DT_HASH) || dynamic_find(DT_VERDEF) ||
	    dynamic_find(DT_RELR))
		die("it is not linked as expected");
}

/* The relocations of a table. */
static Elf64_Rela *relocations(int64_t tag, int64_t size_tag, size_t *count)
{
	*count = dynamic_value(size_tag) / sizeof(Elf64_Rela);
	return *count ? at(dynamic_value(tag), *count * sizeof(Elf64_Rela)) : NULL;
}

/* Writes the pointers; what is left of the table are relocations against names. */
static void prelink_relative(void)
{
	size_t count, kept = 0;
	Elf64_Rela *r = relocations(DT_RELA, DT_RELASZ, &count);
	Elf64_Dyn *relative = dynamic_find(DT_RELACOUNT);

	for (size_t i = 0; i < count; i++) {
		uint32_t type = ELF64_R_TYPE(r[i].r_info);
		uint64_t pointer = BASE + (uint64_t)r[i].r_addend;

		if (type == R_X86_64_RELATIVE) {
			memcpy(at(r[i].r_offset, sizeof(pointer)), &pointer, sizeof(pointer));
			continue;
		}
		if (type != R_X86_64_GLOB_DAT && type != R_X86_64_64 && type != R_X86_64_TPOFF64)
			die("it has a relocation of a kind that is not known here");
		r[kept] = r[i];
		r[kept++].r_offset += BASE;
	}
	if (!count)
		return;
	memset(r + kept, 0, (count - kept) * sizeof(*r));
	dynamic_find(DT_RELASZ)->d_un.d_val = kept * sizeof(*r);
	if (relative)
		relative->d_un.d_val = 0;
}

/* Until a function is called for the first time, its slot points behind its own jump. */
static void prelink_slots(void)
{
	size_t count;
	Elf64_Rela *r = relocations(DT_JMPREL, DT_PLTRELSZ, &count);

	for (size_t i = 0; i < count; i++) {
		uint64_t pointer;
		void *slot = at(r[i].r_offset, sizeof(pointer));

		if (ELF64_R_TYPE(r[i].r_info) != R_X86_64_JUMP_SLOT)
			die("it has a slot of a kind that is not known here");
		memcpy(&pointer, slot, sizeof(pointer));
		pointer += pointer ? BASE : 0;
		memcpy(slot, &pointer, sizeof(pointer));
		r[i].r_offset += BASE;
	}
}

static void prelink_dynamic(void)
{
	static const int64_t plain[] = { DT_NULL,      DT_NEEDED,	DT_PLTRELSZ, DT_STRSZ, DT_SYMENT,
					 DT_RELASZ,    DT_RELAENT,	DT_PLTREL,   DT_DEBUG, DT_TEXTREL,
					 DT_BIND_NOW,  DT_INIT_ARRAYSZ, DT_RUNPATH,  DT_FLAGS, DT_FINI_ARRAYSZ,
					 DT_RELACOUNT, DT_VERNEEDNUM,	DT_FLAGS_1 };
	static const int64_t pointers[] = {
		DT_PLTGOT, DT_STRTAB, DT_SYMTAB,  DT_RELA,     DT_INIT,	      DT_FINI,
		DT_JMPREL, DT_VERSYM, DT_VERNEED, DT_GNU_HASH, DT_INIT_ARRAY, DT_FINI_ARRAY
	};

	for (size_t i = 0; i < dynamic_count; i++) {
		bool known = false;

		for (size_t k = 0; k < sizeof(plain) / sizeof(plain[0]); k++)
			known |= dynamic[i].d_tag == plain[k];
		for (size_t k = 0; k < sizeof(pointers) / sizeof(pointers[0]); k++) {
			if (dynamic[i].d_tag != pointers[k])
				continue;
			known = true;
			dynamic[i].d_un.d_ptr += BASE;
		}
		if (!known)
			die("its dynamic section has a tag that is not known here");
		if (dynamic[i].d_tag == DT_FLAGS_1)
			dynamic[i].d_un.d_val &= ~(uint64_t)DF_1_PIE;
	}
}

static void prelink_headers(void)
{
	header->e_type = ET_EXEC;
	header->e_entry += BASE;
	for (int i = 0; i < header->e_phnum; i++) {
		if (!segments[i].p_memsz)
			continue;
		if (segments[i].p_type == PT_LOAD && BASE % segments[i].p_align != 0)
			die("a segment cannot lie at the address");
		segments[i].p_vaddr += BASE;
		segments[i].p_paddr += BASE;
	}
	for (int i = 0; i < header->e_shnum; i++)
		if (sections[i].sh_flags & SHF_ALLOC)
			sections[i].sh_addr += BASE;
	for (size_t i = 0; i < symbol_count; i++)
		if (symbols[i].st_shndx != SHN_UNDEF && symbols[i].st_shndx != SHN_ABS &&
		    ELF64_ST_TYPE(symbols[i].st_info) != STT_TLS)
			symbols[i].st_value += BASE;
}

/* The tables are found by addresses, so these change last. */
static void prelink_address(void)
{
	uint64_t got = dynamic_value(DT_PLTGOT), self;

	if (header->e_type != ET_DYN)
		return;
	if (!(dynamic_value(DT_FLAGS_1) & DF_1_PIE))
		die("it is a library");
	prelink_relative();
	prelink_slots();
	if (got) { /* by convention the address of the dynamic section */
		memcpy(&self, at(got, sizeof(self)), sizeof(self));
		self += self ? BASE : 0;
		memcpy(at(got, sizeof(self)), &self, sizeof(self));
	}
	prelink_dynamic();
	prelink_headers();
}

/* Symbols that relocations name. */
static void mark_relocated(int64_t tag, int64_t size_tag, bool *keep)
{
	size_t count;
	const Elf64_Rela *r = relocations(tag, size_tag, &count);

	for (size_t i = 0; i < count; i++) {
		if (ELF64_R_SYM(r[i].r_info) >= symbol_count)
			die("a relocation has no symbol");
		if (ELF64_R_TYPE(r[i].r_info) == R_X86_64_COPY)
			die("libraries use variables of it");
		keep[ELF64_R_SYM(r[i].r_info)] = true;
	}
}

static void keep_text(char *text, bool *used, uint64_t length, uint64_t offset)
{
	for (;; offset++) {
		if (offset >= length)
			die("a name is not in the table of names");
		used[offset] = true;
		if (!text[offset])
			return;
	}
}

/* Names of libraries and of the versions that are wanted of them. */
static void keep_needs(char *text, bool *used, uint64_t length)
{
	uint64_t next = dynamic_value(DT_VERNEED), aux;

	for (size_t i = 0; i < dynamic_count; i++)
		if (dynamic[i].d_tag == DT_NEEDED || dynamic[i].d_tag == DT_RUNPATH)
			keep_text(text, used, length, dynamic[i].d_un.d_val);
	for (uint64_t i = dynamic_value(DT_VERNEEDNUM); i > 0; i--) {
		const Elf64_Verneed *need = at(next, sizeof(*need));

		keep_text(text, used, length, need->vn_file);
		aux = next + need->vn_aux;
		for (unsigned k = need->vn_cnt; k > 0; k--) {
			const Elf64_Vernaux *version = at(aux, sizeof(*version));

			keep_text(text, used, length, version->vna_name);
			aux += version->vna_next;
		}
		next += need->vn_next;
	}
}

/* A hash table that has no name in it: one bucket, which is empty, behind a filter that lets nothing through. */
static void empty_hash(uint64_t length)
{
	uint32_t *table = at(dynamic_value(DT_GNU_HASH), length);

	if (length < 7 * sizeof(*table))
		die("its hash table is too small");
	memset(table, 0, length);
	table[0] = 1;
	table[1] = (uint32_t)symbol_count;
	table[2] = 1;
}

static void drop_names(void)
{
	uint64_t length = dynamic_value(DT_STRSZ);
	char *text = at(dynamic_value(DT_STRTAB), length);
	bool *keep = calloc(symbol_count, 1), *used = calloc(length, 1);

	if (!keep || !used)
		die("out of memory");
	mark_relocated(DT_RELA, DT_RELASZ, keep);
	mark_relocated(DT_JMPREL, DT_PLTRELSZ, keep);
	keep_needs(text, used, length);
	for (size_t i = 0; i < symbol_count; i++) {
		bool own = symbols[i].st_shndx != SHN_UNDEF;

		if (own && !keep[i]) {
			memset(&symbols[i], 0, sizeof(symbols[i]));
			continue;
		}
		/* What it finds without looking for the name. */
		if (own)
			symbols[i].st_other = STV_HIDDEN;
		keep_text(text, used, length, symbols[i].st_name);
	}
	for (uint64_t i = 1; i < length; i++)
		if (!used[i])
			text[i] = '\0';
	for (int i = 0; i < header->e_shnum; i++)
		if (sections[i].sh_type == SHT_GNU_HASH)
			empty_hash(sections[i].sh_size);
	free(keep);
	free(used);
}

static void prelink(const char *path)
{
	FILE *f = fopen(path, "r+b");

	name = path;
	if (!f)
		die("cannot be opened");
	load(f);
	parse();
	drop_names();
	prelink_address();
	rewind(f);
	if (fwrite(data, 1, size, f) != size || fclose(f) != 0)
		die("cannot be written");
	free(data);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		prelink(argv[i]);
	return 0;
}
