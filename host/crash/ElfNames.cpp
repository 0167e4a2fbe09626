#include "crash/ElfNames.h"

#include <elf.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace clustermanager::crash {

namespace {

constexpr unsigned kSegmentsMax = 256;
constexpr unsigned kSectionsMax = 65'535;
constexpr std::size_t kNotesBytesMax = 65'536;
constexpr std::size_t kBuildIdBytesMax = 64;
constexpr std::size_t kNameBytesMax = 4'096;
constexpr std::size_t kSymbolsAtOnce = 4'096;

constexpr std::size_t padded(std::size_t size)
{
    return (size + 3U) & ~std::size_t{3};
}

/// The one that most would call it by comes first.
unsigned rankOf(const Elf64_Sym& symbol)
{
    switch (ELF64_ST_BIND(symbol.st_info))
    {
    case STB_GLOBAL: return 3;
    case STB_WEAK: return 2;
    default: return 1;
    }
}

bool isFunction(const Elf64_Sym& symbol)
{
    const unsigned type = ELF64_ST_TYPE(symbol.st_info);
    return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol.st_shndx != SHN_UNDEF && symbol.st_size != 0;
}

/// What was found so far for each address, in order of the addresses.
struct Search
{
    struct Best
    {
        WantedName* wanted;
        unsigned rank = 0;  // 0: none yet
        std::uint64_t textAt = 0;
    };

    explicit Search(std::vector<WantedName>& wanted)
    {
        for (WantedName& one : wanted) found.push_back({&one});
        std::sort(found.begin(), found.end(),
                  [](const Best& a, const Best& b) { return a.wanted->address < b.wanted->address; });
    }

    void look(const Elf64_Sym& symbol)
    {
        if (!isFunction(symbol)) return;
        auto next = std::lower_bound(
            found.begin(), found.end(), symbol.st_value,
            [](const Best& one, std::uint64_t start) { return one.wanted->address < start; });
        for (; next != found.end() && next->wanted->address - symbol.st_value < symbol.st_size; ++next)
            if (rankOf(symbol) > next->rank) *next = {next->wanted, rankOf(symbol), symbol.st_name};
    }

    std::vector<Best> found;
};

}  // namespace

ElfNames::ElfNames(int fd) : _fd(fd)
{
    Elf64_Ehdr header = {};
    if (!read(0, &header, sizeof header)) return;
    const bool ours = std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
                      header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_ident[EI_DATA] == ELFDATA2LSB;
    if (!ours) return;
    if (header.e_phentsize == sizeof(Elf64_Phdr)) readBuildId(header.e_phoff, header.e_phnum);
    if (header.e_shentsize == sizeof(Elf64_Shdr)) readTable(header.e_shoff, header.e_shnum);
}

bool ElfNames::read(std::uint64_t at, void* to, std::size_t size) const
{
    constexpr std::uint64_t kLargestOffset = std::uint64_t{1} << 62U;
    auto* bytes = static_cast<char*>(to);
    while (size > 0)
    {
        if (at > kLargestOffset) return false;
        const ssize_t got = ::pread(_fd, bytes, size, static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        bytes += got;
        size -= static_cast<std::size_t>(got);
        at += static_cast<std::uint64_t>(got);
    }
    return true;
}

void ElfNames::readBuildId(std::uint64_t segmentsAt, unsigned count)
{
    for (unsigned i = 0; i < std::min(count, kSegmentsMax) && _buildId.empty(); ++i)
    {
        Elf64_Phdr segment = {};
        if (!read(segmentsAt + i * sizeof segment, &segment, sizeof segment)) return;
        if (segment.p_type != PT_NOTE || segment.p_filesz > kNotesBytesMax) continue;
        std::string notes(segment.p_filesz, '\0');
        if (!read(segment.p_offset, notes.data(), notes.size())) continue;
        for (std::size_t at = 0; notes.size() - at >= sizeof(Elf64_Nhdr);)
        {
            Elf64_Nhdr note = {};
            std::memcpy(&note, notes.data() + at, sizeof note);
            at += sizeof note;
            const std::size_t name = padded(note.n_namesz);
            const std::size_t body = padded(note.n_descsz);
            const std::size_t left = notes.size() - at;
            if (name > left || body > left - name) break;
            const bool isGnu = notes.compare(at, note.n_namesz, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) == 0;
            if (isGnu && note.n_type == NT_GNU_BUILD_ID && note.n_descsz <= kBuildIdBytesMax)
                _buildId = notes.substr(at + name, note.n_descsz);
            at += name + body;
        }
    }
}

void ElfNames::readTable(std::uint64_t sectionsAt, unsigned count)
{
    const auto section = [&](unsigned number, Elf64_Shdr& to) {
        return number < count && read(sectionsAt + std::uint64_t{number} * sizeof to, &to, sizeof to);
    };
    for (unsigned i = 0; i < std::min(count, kSectionsMax); ++i)
    {
        Elf64_Shdr symbols = {};
        Elf64_Shdr texts = {};
        if (!section(i, symbols)) return;
        if (symbols.sh_type != SHT_SYMTAB && symbols.sh_type != SHT_DYNSYM) continue;
        if (symbols.sh_entsize != sizeof(Elf64_Sym) || !section(symbols.sh_link, texts)) continue;
        if (texts.sh_type != SHT_STRTAB) continue;
        _table = {symbols.sh_offset, symbols.sh_size, texts.sh_offset, texts.sh_size};
        if (symbols.sh_type == SHT_SYMTAB) return;  // the other one's, and more
    }
}

void ElfNames::find(std::vector<WantedName>& wanted, TimePoint deadline) const
{
    Search search(wanted);
    std::vector<Elf64_Sym> symbols(kSymbolsAtOnce);
    const std::uint64_t count = _table.symbolsSize / sizeof(Elf64_Sym);
    for (std::uint64_t done = 0; done < count && Clock::now() < deadline;)
    {
        const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(kSymbolsAtOnce, count - done));
        const std::uint64_t at = _table.symbolsAt + done * sizeof(Elf64_Sym);
        if (at < _table.symbolsAt || !read(at, symbols.data(), now * sizeof(Elf64_Sym))) break;
        done += now;
        for (std::size_t i = 0; i < now; ++i) search.look(symbols[i]);
    }
    for (const Search::Best& one : search.found)
        if (one.rank != 0) one.wanted->name = textAt(one.textAt);
}

std::string ElfNames::textAt(std::uint64_t offset) const
{
    if (offset >= _table.textsSize) return "";
    std::array<char, kNameBytesMax> bytes{};
    // The last text of a file may be shorter than what is asked for.
    const std::uint64_t left = _table.textsSize - offset;
    std::string name;
    for (std::size_t got = 0; got < std::min<std::uint64_t>(left, bytes.size()); ++got)
    {
        constexpr std::size_t kAtOnce = 64;
        const std::size_t more = std::min<std::uint64_t>({kAtOnce, left - got, bytes.size() - got});
        if (got % kAtOnce == 0 && !read(_table.textsAt + offset + got, bytes.data() + got, more)) return "";
        if (bytes[got] == '\0') return std::string(bytes.data(), got);
    }
    return "";  // too long to be a name, or without its end
}

}  // namespace clustermanager::crash
