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

package io.github.lockfile.spring.boot.test;

import java.nio.file.Path;

import io.github.lockfile.LockFile;
import io.github.lockfile.testsupport.Outsider;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests as users write them. Their contexts stay in the cache of this JVM together.
 */
class LockFileContextCustomizerFactoryTests {

	@TempDir
	private static Path directory;

	@DynamicPropertySource
	static void path(DynamicPropertyRegistry registry) {
		registry.add("lockfile.path", () -> lockFile().toString());
	}

	private static Path lockFile() {
		return directory.resolve("test.lock");
	}

	@Nested
	@SpringBootTest(classes = Application.class, webEnvironment = WebEnvironment.NONE)
	class Plain {

		@Test
		void takesNoLock(@Autowired ObjectProvider<LockFile> lock) {
			assertThat(lock.getIfAvailable()).isNull();
		}

	}

	@Nested
	@SpringBootTest(classes = Application.class, webEnvironment = WebEnvironment.NONE, properties = "another=context")
	class Another {

		@Test
		void takesNoLock(@Autowired ObjectProvider<LockFile> lock) {
			assertThat(lock.getIfAvailable()).isNull();
		}

	}

	@Nested
	@DirtiesContext
	@SpringBootTest(classes = Application.class, webEnvironment = WebEnvironment.NONE,
			properties = "lockfile.enabled=true")
	class EnabledByTheTest {

		@Test
		void takesTheLock(@Autowired LockFile lock) {
			assertThat(lock.path()).isEqualTo(lockFile());
			assertThat(Outsider.isRefused(lockFile())).isTrue();
		}

	}

	@Nested
	@DirtiesContext
	@TestPropertySource("/enabled.properties")
	@SpringBootTest(classes = Application.class, webEnvironment = WebEnvironment.NONE)
	class EnabledByAPropertyFileOfTheTest {

		@Test
		void takesTheLock(@Autowired LockFile lock) {
			assertThat(lock.path()).isEqualTo(lockFile());
			assertThat(Outsider.isRefused(lockFile())).isTrue();
		}

	}

	@Nested
	@SpringBootTest(classes = Application.class, webEnvironment = WebEnvironment.NONE,
			properties = "spring.config.location=classpath:/enabled.properties")
	class EnabledByTheApplication {

		@Test
		void takesNoLock(@Autowired ObjectProvider<LockFile> lock) {
			assertThat(lock.getIfAvailable()).isNull();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
