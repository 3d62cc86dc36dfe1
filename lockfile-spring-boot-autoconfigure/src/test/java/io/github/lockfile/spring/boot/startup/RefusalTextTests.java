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

import java.nio.file.Path;

import io.github.lockfile.LockFile;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.LockPathTestCase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * What a user reads who is refused.
 */
@ExtendWith(OutputCaptureExtension.class)
class RefusalTextTests extends LockPathTestCase {

	@Test
	void afterAWaitItSaysHowLongAndDoesNotAdviseToWait(CapturedOutput output) {
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			assertRefused("--lockfile.timeout=200ms");
			assertThat(output)
				.contains("Another instance holds the lock file '" + this.path + "'. The file says: " + holder.pid())
				.containsPattern("This instance gave up after waiting [0-9.ms]+s\\.")
				.contains("Stop that instance, or give this one")
				.doesNotContain("wait for it with");
		}
	}

	@Test
	void inThisJvmItNamesDirtiesContext(CapturedOutput output) {
		try (LockFile lock = LockFile.acquire(this.path)) {
			assertRefused();
			assertThat(output)
				.contains("Another instance in this JVM holds the lock file '" + lock.path() + "'. The file says: ")
				.contains("Close the other application context first", "'@DirtiesContext'")
				.doesNotContain("Stop that instance");
		}
	}

	@Test
	void whereThePathIsTheDefaultItNamesOtherApplications(CapturedOutput output) {
		String original = System.getProperty("java.io.tmpdir");
		System.setProperty("java.io.tmpdir", this.directory.toString());
		try (ChildJvm holder = HolderProcess.hold(this.directory.resolve("orders.lock"), "{pid}")) {
			assertThatException().isThrownBy(() -> application(Plain.class).run("--spring.application.name=orders"));
			assertThat(output).contains("The file says: " + holder.pid(),
					"Another application of the same name may hold it");
		}
		finally {
			System.setProperty("java.io.tmpdir", original);
		}
	}

	@Test
	void whereThePathIsConfiguredItDoesNot(CapturedOutput output) {
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			assertRefused();
			assertThat(output).contains("The file says: " + holder.pid()).doesNotContain("of the same name");
		}
	}

	@Test
	void aMissingBeanIsExplained(CapturedOutput output) {
		assertThatException().isThrownBy(() -> application(NeedsTheLock.class).run("--lockfile.enabled=false"));
		assertThat(output)
			.contains("There is no bean of type 'io.github.lockfile.LockFile'", "set 'lockfile.enabled=true'")
			.doesNotContain("Consider defining a bean");
	}

	@Test
	void otherMissingBeansAreNotExplained(CapturedOutput output) {
		assertThatException().isThrownBy(() -> application(NeedsAnother.class).run("--lockfile.enabled=false"));
		assertThat(output).contains("Consider defining a bean");
	}

	private void assertRefused(String... args) {
		assertThatException().isThrownBy(() -> application(Plain.class, "lockfile.path=" + this.path).run(args));
	}

	private static SpringApplication application(Class<?> source, String... properties) {
		return new SpringApplicationBuilder(source).web(WebApplicationType.NONE).properties(properties).build();
	}

	@Configuration(proxyBeanMethods = false)
	static class Plain {

	}

	@Configuration(proxyBeanMethods = false)
	static class NeedsTheLock {

		@Bean
		Object needs(LockFile lock) {
			return lock;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NeedsAnother {

		@Bean
		Object needs(Path path) {
			return path;
		}

	}

}
