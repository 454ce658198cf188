#include "actors/cluster/hub.hpp"
