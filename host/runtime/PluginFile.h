#pragma once

#include <sys/stat.h>

#include <Poco/SHA2Engine.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/FileDescriptor.h"
#include "base/SealedFile.h"
#include "base/Types.h"
#include "runtime/ElfFacts.h"

namespace clustermanager::runtime {

/// A plugin as it was at one moment: a private, sealed copy that nobody can change or cut short any more, and
/// what is known of it. The dropped file itself is never mapped by any process of ours.
struct PluginFile
{
    std::string path;  // where it was copied from
    std::uint64_t size = 0;
    std::string sha256;  // of the copy, hexadecimal
    WallTime modified;   // of the file it was copied from
    FileDescriptor copy;
    ElfFacts facts;  // build id, name, version
};

/// Copies a plugin step by step, so that a large one does not hold up the loop: a step reads, hashes and
/// writes a bounded number of bytes. What a step cannot bound is a read from a file system that does not
/// answer, such as NFS without its server.
///
/// The copy comes from one open descriptor, so a file moved into the same place meanwhile is never mixed into
/// it; size and modification time of the file have to be the same before and after. (A write within the clock
/// tick of the one before may leave both as they were: who waits until a file rests does not meet it.)
///
/// Every function throws StartError: 69 where the file is missing, cannot be a plugin, or changed while it
/// was copied; 77 where we may not read it or must not trust it (we are root, and others can write it or its
/// folders). Then there is nothing left to go on with.
class PluginCopy
{
public:
    static constexpr std::size_t kBytesPerStep = 1'048'576;

    /// Opens and checks.
    explicit PluginCopy(const std::string& path);

    /// One step; what it has become after the last one, then it is over.
    std::optional<PluginFile> proceed();

private:
    PluginFile finish();

    std::string _path;
    FileDescriptor _file;
    struct stat _before = {};
    SealedDraft _draft;
    std::unique_ptr<Poco::SHA2Engine> _hash;  // not movable itself
    std::uint64_t _copied = 0;
};

/// All steps of PluginCopy at once.
PluginFile stagePlugin(const std::string& path);

}  // namespace clustermanager::runtime
