#include "child/ChildFileChannel.h"

#include <Poco/Exception.h>
#include <Poco/Message.h>
#include <Poco/NumberParser.h>
#include <Poco/String.h>

#include <limits>
#include <utility>

#include "child/LogLosses.h"
#include "child/LogText.h"

namespace clustermanager::child {

namespace {

constexpr unsigned kArchivesMax = 1000;

/// "50 M" -> 52428800, as Poco's FileChannel counts.
std::uint64_t rotationBytes(const std::string& text)
{
    if (Poco::icompare(text, "never") == 0) return 0;
    const std::size_t digits = text.find_first_not_of("0123456789");
    const std::string unit =
        digits == std::string::npos ? "" : Poco::toUpper(Poco::trim(text.substr(digits)));
    const unsigned shift = unit == "K" ? 10 : unit == "M" ? 20 : unit == "G" ? 30 : 0;
    Poco::UInt64 number = 0;
    if ((!unit.empty() && shift == 0) ||
        !Poco::NumberParser::tryParseUnsigned64(text.substr(0, digits), number) ||
        number > (std::numeric_limits<std::uint64_t>::max() >> shift))
        throw Poco::InvalidArgumentException(
            "rotation", "'" + text + "' is no size: write \"never\", or bytes as in \"50 M\"");
    return number << shift;
}

unsigned archives(const std::string& text)
{
    unsigned number = 0;
    if (text.empty() || Poco::icompare(text, "none") == 0) return kArchivesMax;
    if (!Poco::NumberParser::tryParseUnsigned(text, number) || number > kArchivesMax)
        throw Poco::InvalidArgumentException("purgeCount",
                                             "'" + text + "' is not within 0..1000 or \"none\"");
    return number;
}

}  // namespace

std::atomic<ChildFileChannel*> ChildFileChannel::_latest{nullptr};

ChildFileChannel::ChildFileChannel(LogFile::Rotation rotation) : ChildFileChannel(rotation, nullptr) {}

ChildFileChannel::ChildFileChannel(LogFile::Rotation rotation, std::function<std::string()> path)
    : _file("", rotation), _pathToBeMade(std::move(path))
{
    _latest = this;
}

ChildFileChannel::~ChildFileChannel()
{
    ChildFileChannel* self = this;
    (void)_latest.compare_exchange_strong(self, nullptr);
}

std::size_t ChildFileChannel::latestLines(char* to, std::size_t size) noexcept
{
    const ChildFileChannel* latest = _latest;
    return latest == nullptr ? 0 : latest->_file.lastLines(to, size);
}

void ChildFileChannel::findPath() const
{
    if (!_pathToBeMade) return;
    _file.setPath(_pathToBeMade());
    _pathToBeMade = nullptr;
}

void ChildFileChannel::log(const Poco::Message& message)
{
    bool written = false;
    try
    {
        const std::string& text = message.getText();
        const bool plain = isPlainLogText(text);
        const std::string escaped = plain ? std::string() : plainLogText(text);
        const std::lock_guard lock(_mutex);
        findPath();
        written = _file.writeLine(plain ? text : escaped);
        if (_latest.load(std::memory_order_relaxed) != this) _latest = this;
    }
    catch (...)  // no memory: the record is lost, whoever wanted to log is not
    {
        written = false;
    }
    if (!written) LogLosses::add();
}

void ChildFileChannel::setProperty(const std::string& name, const std::string& value)
{
    if (name == "path")
        setPath(value);
    else if (name == "rotation")
        setRotation({rotationBytes(value), _file.rotation().archives});
    else if (name == "purgeCount")
        setRotation({_file.rotation().bytes, archives(value)});
    else if (name == "archive" && value == "number")
        return;
    else if (name != "flush")
        throw Poco::PropertyNotSupportedException("ChildFileChannel: " + name + " = " + value);
}

std::string ChildFileChannel::getProperty(const std::string& name) const
{
    const std::lock_guard lock(_mutex);
    if (name == "path")
    {
        findPath();
        return _file.path();
    }
    if (name == "rotation")
        return _file.rotation().bytes == 0 ? "never" : std::to_string(_file.rotation().bytes);
    if (name == "purgeCount") return std::to_string(_file.rotation().archives);
    if (name == "archive") return "number";
    throw Poco::PropertyNotSupportedException("ChildFileChannel: " + name);
}

void ChildFileChannel::setPath(const std::string& path)
{
    const std::lock_guard lock(_mutex);
    _pathToBeMade = nullptr;
    _file.setPath(path);
}

void ChildFileChannel::setRotation(LogFile::Rotation rotation)
{
    const std::lock_guard lock(_mutex);
    _file.setRotation(rotation);
}

void ChildFileChannel::setFormatter(const Poco::Formatter::Ptr& formatter)
{
    const std::lock_guard lock(_mutex);
    _file.setFormatter(formatter);
}

void ChildFileChannel::open()
{
    const std::lock_guard lock(_mutex);
    findPath();
    if (const auto trouble = _file.tryOpen()) throw Poco::OpenFileException(trouble->text());
}

void ChildFileChannel::reopen() noexcept
{
    const std::lock_guard lock(_mutex);
    _file.reopen();
}

std::uint64_t ChildFileChannel::dropped() const
{
    const std::lock_guard lock(_mutex);
    return _file.dropped();
}

}  // namespace clustermanager::child
