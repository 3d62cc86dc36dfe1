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

package io.github.lockfile.spring.boot.startup;

import org.springframework.beans.factory.DisposableBean;

/**
 * Releases the locks when the last bean of the context has been destroyed, unless the JVM
 * is about to end: hooks still run then, beside which no other instance may start. The
 * operating system releases them with the process.
 *
 * @param release what releases them
 */
record ReleaseAtTheEnd(Runnable release) implements DisposableBean {

	@Override
	public void destroy() {
		if (!isJvmEnding()) {
			this.release.run();
		}
	}

	private static boolean isJvmEnding() {
		Thread probe = new Thread(() -> {
		});
		try {
			Runtime.getRuntime().addShutdownHook(probe);
			Runtime.getRuntime().removeShutdownHook(probe);
			return false;
		}
		catch (IllegalStateException ex) {
			return true;
		}
	}

}
