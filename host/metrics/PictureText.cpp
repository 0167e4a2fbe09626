#include "metrics/PictureText.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <utility>

#include "metrics/ChildLines.h"
#include "metrics/PictureFamilies.h"

namespace clustermanager::metrics {

std::string serialized(std::vector<prometheus::MetricFamily> families)
{
    families.erase(std::remove_if(families.begin(), families.end(),
                                  [](const auto& family) { return family.metric.empty(); }),
                   families.end());
    return prometheus::TextSerializer().Serialize(families);
}

std::shared_ptr<const std::string> PictureText::of(const std::shared_ptr<const core::Snapshot>& picture)
{
    const std::lock_guard lock(_mutex);
    if (_picture == picture) return _text;
    std::vector<prometheus::MetricFamily> families;
    appendFamilies(families, *picture);
    std::string text = serialized(std::move(families));
    appendChildLines(text, *picture);
    _text = std::make_shared<const std::string>(std::move(text));
    _picture = picture;
    return _text;
}

}  // namespace clustermanager::metrics
