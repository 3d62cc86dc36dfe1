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

package io.github.lockfile.spring.boot.starter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * An application that was built as users build theirs, before the integration tests.
 *
 * @param directory where it was built
 * @param mainClass its main class
 */
record BuiltApplication(Path directory, String mainClass) {

	private static final Path TARGET = Path.of("target").toAbsolutePath();

	static final BuiltApplication SHOP = of("shop", "com.example.shop.ShopApplication");

	static final BuiltApplication CLOUD = of("cloud", "com.example.cloud.CloudApplication");

	static final BuiltApplication PORTAL = of("portal", "com.example.portal.PortalApplication");

	static final Path TOMCAT = TARGET.resolve("tomcat");

	private static BuiltApplication of(String name, String mainClass) {
		return new BuiltApplication(TARGET.resolve("it/applications").resolve(name).resolve("target"), mainClass);
	}

	Path classes() {
		return this.directory.resolve("classes");
	}

	/**
	 * Returns the archive that {@code java -jar} runs.
	 */
	Path archive(String extension) {
		return this.directory.resolve(this.directory.getParent().getFileName() + extension);
	}

	/**
	 * Returns the class path of all dependencies, those of its tests too.
	 */
	String dependencies() {
		try {
			return new String(Files.readAllBytes(this.directory.resolve("class-path")), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	ApplicationProcess startArchive(List<String> options, String... args) {
		return ApplicationProcess.start(options, archive(".jar").toString(),
				"org.springframework.boot.loader.launch.JarLauncher", List.of(args));
	}

}
