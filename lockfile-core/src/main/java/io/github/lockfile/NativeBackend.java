/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package io.github.lockfile;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Says why no lock is native. In the jar, versions/22 has the class that Java 22 and
 * later load instead of this one.
 */
final class NativeBackend extends LockBackend {

	private static final int VERSION = 22;

	private NativeBackend() {
	}

	static LockBackend create(boolean required) {
		return new NativeBackend();
	}

	static String obstacle() {
		int version = Runtime.version().feature();
		return (version < VERSION) ? "Java " + version + " has no native locks, use Java 22 or later"
				: "this copy of the library comes without META-INF/versions/22, use the published jar as it is";
	}

	@Override
	OpenFile open(Path path) throws IOException {
		return new ChannelBackend(obstacle()).open(path);
	}

}
