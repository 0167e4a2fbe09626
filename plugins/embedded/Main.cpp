/// A program that is its own plugin: started once, it is the master; its children run the first function,
/// each in a process of its own, the master runs the second.
#include <clustermanager/start.hpp>

int main(int argc, char** argv)
{
    cm::Options options;
    options.argc = argc;
    options.argv = argv;
    options.name = "embedded";
    options.settings = {{"cluster.count", "2"}, {"plugin.embedded.greeting", "hello from inside"}};

    const auto child = [](cm::Child& self) {
        self.info(self.config("greeting"));
        self.ready();
        self.waitForStop();
        return 0;
    };
    const auto master = [](cm::Master& self) {
        self.info("the master is up");
        self.waitForStop();
        return 0;
    };
    return cm::start(options, child, master);
}
