#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "base/FileDescriptor.h"

/// Goal: every build runs a short, reproducible slice of each fuzz target, without clang.
/// Method: the corpus first, then seeded mutations of it. The input that is running stands in
/// NAME.last-input in the working folder, so that after a crash or a hang it is the one to look at:
/// `NAME NAME.last-input` runs it again.

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;
using Random = std::mt19937_64;

constexpr std::size_t kLargestInput = 65536;

/// Which mutations are run. Given by number, so that a failure is the same everywhere.
struct Slice
{
    std::uint64_t seed = 1;
    std::uint64_t runs = 20000;
};

std::size_t below(std::size_t limit, Random& random)
{
    return static_cast<std::size_t>(random() % limit);
}

/// Runs inputs, and keeps the running one in a file that survives the end of this process.
class Runner
{
public:
    explicit Runner(const std::string& path) : _file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644))
    {
        if (!_file) throw std::runtime_error("cannot write " + path);
    }

    void run(const Input& input)
    {
        const auto size = static_cast<off_t>(input.size());
        if (pwrite(_file.get(), input.data(), input.size(), 0) != size || ftruncate(_file.get(), size) != 0)
            throw std::runtime_error("cannot keep the input");
        LLVMFuzzerTestOneInput(input.data(), input.size());
    }

private:
    clustermanager::FileDescriptor _file;
};

Input readFile(const std::filesystem::path& path)
{
    std::ifstream file(path, std::ios::binary);
    return Input(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

/// The files of a folder and its subfolders, in a fixed order; or the one file.
std::vector<Input> readInputs(const std::filesystem::path& path)
{
    if (std::filesystem::is_regular_file(path)) return {readFile(path)};
    std::vector<std::filesystem::path> files;
    if (std::filesystem::is_directory(path))
        for (const auto& entry : std::filesystem::recursive_directory_iterator(path))
            if (entry.is_regular_file()) files.push_back(entry.path());
    std::sort(files.begin(), files.end());

    std::vector<Input> inputs;
    inputs.reserve(files.size());
    for (const auto& file : files) inputs.push_back(readFile(file));
    return inputs;
}

/// Overwrites one byte: by one with a flipped bit, a number at the edge of its range, or anything.
void changeByte(Input& input, Random& random)
{
    if (input.empty()) return;
    std::uint8_t& byte = input[below(input.size(), random)];
    constexpr std::uint8_t kEdges[] = {0, 1, 0x7f, 0x80, 0xff, '\n', '\r', ' ', ':', '%'};
    switch (below(3, random))
    {
    case 0: byte = static_cast<std::uint8_t>(byte ^ (1U << below(8, random))); break;
    case 1: byte = kEdges[below(std::size(kEdges), random)]; break;
    default: byte = static_cast<std::uint8_t>(random());
    }
}

void eraseSome(Input& input, Random& random)
{
    if (input.empty()) return;
    const std::size_t from = below(input.size(), random);
    const std::size_t count = 1 + below(std::min<std::size_t>(input.size() - from, 16), random);
    const auto begin = input.begin() + static_cast<std::ptrdiff_t>(from);
    input.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
}

/// Inserts a piece of another input (or of the same), so that whole fields are repeated and mixed.
void insertPiece(Input& input, const Input& other, Random& random)
{
    if (other.empty()) return;
    const std::size_t from = below(other.size(), random);
    const std::size_t count = 1 + below(other.size() - from, random);
    const auto at = static_cast<std::ptrdiff_t>(below(input.size() + 1, random));
    const auto begin = other.begin() + static_cast<std::ptrdiff_t>(from);
    input.insert(input.begin() + at, begin, begin + static_cast<std::ptrdiff_t>(count));
    if (input.size() > kLargestInput) input.resize(kLargestInput);
}

Input mutated(const std::vector<Input>& corpus, Random& random)
{
    Input input = corpus[below(corpus.size(), random)];
    for (std::size_t changes = 1 + below(4, random); changes > 0; --changes)
    {
        switch (below(4, random))
        {
        case 0: eraseSome(input, random); break;
        case 1: insertPiece(input, corpus[below(corpus.size(), random)], random); break;
        default: changeByte(input, random);
        }
    }
    return input;
}

int runAll(const std::filesystem::path& program, const std::filesystem::path& inputs, Slice slice)
{
    Runner runner(program.filename().string() + ".last-input");
    std::vector<Input> corpus = readInputs(inputs);
    for (const Input& input : corpus) runner.run(input);
    if (std::filesystem::is_regular_file(inputs)) return 0;

    const std::size_t files = corpus.size();
    corpus.push_back({});
    corpus.push_back(Input(64, 'a'));
    Random random(slice.seed);
    for (std::uint64_t i = 0; i < slice.runs; ++i) runner.run(mutated(corpus, random));
    std::cout << files << " corpus files and " << slice.runs << " mutations with seed " << slice.seed << '\n'
              << "count: 1 passed, 0 failed" << std::endl;
    return files > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 2 || argc > 4)
    {
        std::cerr << "usage: " << argv[0] << " CORPUS-FOLDER [SEED [RUNS]] | INPUT-FILE\n";
        return 64;
    }
    try
    {
        Slice slice;
        if (argc > 2) slice.seed = std::stoull(argv[2]);
        if (argc > 3) slice.runs = std::stoull(argv[3]);
        return runAll(argv[0], argv[1], slice);
    }
    catch (const std::exception& problem)
    {
        std::cerr << problem.what() << '\n';
        return 1;
    }
}
