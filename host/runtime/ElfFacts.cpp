#include "runtime/ElfFacts.h"

#include <gelf.h>
#include <libelf.h>

#include <Poco/Version.h>

#include <clustermanager/plugin.h>

#include <cstddef>
#include <cstring>
#include <memory>

namespace clustermanager::runtime {
namespace {

using ElfHandle = std::unique_ptr<Elf, decltype(&elf_end)>;

#if defined(__x86_64__)
constexpr GElf_Half kOurMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr GElf_Half kOurMachine = EM_AARCH64;
#else
constexpr GElf_Half kOurMachine = EM_NONE;  // unknown: not checked
#endif

constexpr std::size_t kNeededMax = 256;

std::string boundedText(const char* text, std::size_t capacity)
{
    return std::string(text, ::strnlen(text, capacity));
}

std::string hexadecimal(const unsigned char* bytes, std::size_t size)
{
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < size; ++i)
    {
        text += kDigits[bytes[i] >> 4U];
        text += kDigits[bytes[i] & 0xfU];
    }
    return text;
}

bool fits(std::uint64_t offset, std::uint64_t length, std::uint64_t size)
{
    return offset <= size && length <= size - offset;
}

/// "" where the header is one of a whole shared object for this machine.
std::string checkHeader(Elf* elf, const GElf_Ehdr& header, std::uint64_t fileSize)
{
    if (gelf_getclass(elf) != ELFCLASS64) return "it is no 64-bit object";
    if (kOurMachine != EM_NONE && header.e_machine != kOurMachine)
        return "it was built for another processor";
    if (header.e_type != ET_DYN) return "it is an ELF file, but no shared object";
    if (header.e_shoff != 0 &&
        !fits(header.e_shoff, std::uint64_t{header.e_shnum} * header.e_shentsize, fileSize))
        return "it is cut off or still being copied: its section table lies beyond its end";

    std::size_t segments = 0;
    if (elf_getphdrnum(elf, &segments) != 0 || segments == 0)
        return "it is damaged: it has no program headers";
    for (std::size_t i = 0; i < segments; ++i)
    {
        GElf_Phdr segment;
        if (gelf_getphdr(elf, static_cast<int>(i), &segment) == nullptr)
            return "it is damaged: a program header lies beyond its end";
        if (segment.p_type == PT_LOAD && !fits(segment.p_offset, segment.p_filesz, fileSize))
            return "it is cut off or still being copied: a segment lies beyond its end";
        if (segment.p_type == PT_INTERP) return "it is a program, no shared object";
    }
    return "";
}

void takeNote(const GElf_Nhdr& note, const unsigned char* body, ElfFacts& facts)
{
    if (note.n_type == CM_NOTE_PLUGIN &&
        note.n_descsz == sizeof(cm_plugin_note) - offsetof(cm_plugin_note, abi_version))
    {
        cm_plugin_note plugin = {};
        std::memcpy(&plugin.abi_version, body, note.n_descsz);
        facts.hasNote = true;
        facts.abiVersion = plugin.abi_version;
        facts.name = boundedText(plugin.name, sizeof plugin.name);
        facts.version = boundedText(plugin.version, sizeof plugin.version);
    }
    if (note.n_type == CM_NOTE_POCO && note.n_descsz == sizeof(std::uint32_t))
        std::memcpy(&facts.pocoVersion, body, sizeof facts.pocoVersion);
}

void readNotes(Elf* elf, const GElf_Phdr& segment, ElfFacts& facts)
{
    Elf_Data* data = elf_getdata_rawchunk(elf, static_cast<std::int64_t>(segment.p_offset), segment.p_filesz,
                                          segment.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
    if (data == nullptr) return;
    const auto* bytes = static_cast<const unsigned char*>(data->d_buf);
    GElf_Nhdr note;
    std::size_t nameAt = 0;
    std::size_t bodyAt = 0;
    for (std::size_t at = 0; (at = gelf_getnote(data, at, &note, &nameAt, &bodyAt)) > 0;)
    {
        const std::string owner = boundedText(reinterpret_cast<const char*>(bytes + nameAt), note.n_namesz);
        if (owner == CM_NOTE_OWNER) takeNote(note, bytes + bodyAt, facts);
        if (owner == "GNU" && note.n_type == NT_GNU_BUILD_ID)
            facts.buildId = hexadecimal(bytes + bodyAt, note.n_descsz);
    }
}

void readDynamic(Elf* elf, Elf_Data* data, const GElf_Shdr& section, ElfFacts& facts)
{
    GElf_Dyn entry;
    for (int i = 0; gelf_getdyn(data, i, &entry) != nullptr && entry.d_tag != DT_NULL; ++i)
    {
        if (entry.d_tag != DT_NEEDED || facts.needed.size() == kNeededMax) continue;
        const char* name = elf_strptr(elf, section.sh_link, entry.d_un.d_val);
        if (name != nullptr) facts.needed.emplace_back(name);
    }
}

void readSymbols(Elf* elf, Elf_Data* data, const GElf_Shdr& section, ElfFacts& facts)
{
    GElf_Sym symbol;
    for (int i = 0; gelf_getsym(data, i, &symbol) != nullptr; ++i)
    {
        if (symbol.st_shndx == SHN_UNDEF || GELF_ST_TYPE(symbol.st_info) != STT_FUNC) continue;
        const char* name = elf_strptr(elf, section.sh_link, symbol.st_name);
        if (name == nullptr) continue;
        if (std::strcmp(name, "run_child") == 0) facts.hasRunChild = true;
        if (std::strcmp(name, "run_master") == 0) facts.hasRunMaster = true;
    }
}

void readSections(Elf* elf, ElfFacts& facts)
{
    for (Elf_Scn* scan = elf_nextscn(elf, nullptr); scan != nullptr; scan = elf_nextscn(elf, scan))
    {
        GElf_Shdr section;
        if (gelf_getshdr(scan, &section) == nullptr) continue;
        if (section.sh_type != SHT_DYNAMIC && section.sh_type != SHT_DYNSYM) continue;
        Elf_Data* data = elf_getdata(scan, nullptr);
        if (data == nullptr) continue;
        if (section.sh_type == SHT_DYNAMIC) readDynamic(elf, data, section, facts);
        if (section.sh_type == SHT_DYNSYM) readSymbols(elf, data, section, facts);
    }
}

std::string pocoText(std::uint32_t version)
{
    return std::to_string(version >> 24U) + "." + std::to_string((version >> 16U) & 0xffU);
}

std::string checkContract(const ElfFacts& facts)
{
    constexpr std::uint32_t kOurPoco = POCO_VERSION;
    if (!facts.hasRunChild) return "it exports no function run_child";
    if (facts.hasNote && facts.abiVersion != CM_ABI_VERSION)
        return "it was built for plugin ABI " + std::to_string(facts.abiVersion) + ", this host has " +
               std::to_string(CM_ABI_VERSION) + ": build it again with this host's headers";
    // Poco promises no binary compatibility between minor versions, and two of them in one process share
    // their names.
    if (facts.pocoVersion != 0 && (facts.pocoVersion >> 16U) != (kOurPoco >> 16U))
        return "it was built with Poco " + pocoText(facts.pocoVersion) + ", this host with " +
               pocoText(kOurPoco) + ": build it again";
    return "";
}

}  // namespace

std::variant<ElfFacts, std::string> readElfFacts(int fd, std::uint64_t fileSize)
{
    if (elf_version(EV_CURRENT) == EV_NONE) return std::string("libelf is too old");
    const ElfHandle elf(elf_begin(fd, ELF_C_READ, nullptr), &elf_end);
    GElf_Ehdr header;
    if (!elf || elf_kind(elf.get()) != ELF_K_ELF || gelf_getehdr(elf.get(), &header) == nullptr)
        return std::string("it is no shared object (no ELF file, or cut off)");
    if (std::string problem = checkHeader(elf.get(), header, fileSize); !problem.empty()) return problem;

    ElfFacts facts;
    std::size_t segments = 0;
    (void)elf_getphdrnum(elf.get(), &segments);
    for (std::size_t i = 0; i < segments; ++i)
    {
        GElf_Phdr segment;
        if (gelf_getphdr(elf.get(), static_cast<int>(i), &segment) != nullptr && segment.p_type == PT_NOTE)
            readNotes(elf.get(), segment, facts);
    }
    readSections(elf.get(), facts);
    if (std::string problem = checkContract(facts); !problem.empty()) return problem;
    return facts;
}

}  // namespace clustermanager::runtime
