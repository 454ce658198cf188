#include "net/core/mailbox.hpp"
